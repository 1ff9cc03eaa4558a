//! The region on one screen, live: nodes, groups, instances, health checks and events, each a watch of its own.
//!
//! Nothing ticks: the screen is drawn when a record changes, a key is pressed or the window is resized, so a board that is
//! left open costs the region and the terminal nothing while nothing happens. What the columns are is the server's
//! business, as for `hearth get`.

mod board;
mod draw;

use crate::client::Target;
use crate::error::CliError;
use crate::watch::{Step, Watch};
use board::{Asked, Board, KINDS};
use controlplane_proto::api::{Column, DescribeRequest};
use ratatui::DefaultTerminal;
use ratatui::crossterm::event::{self, Event, KeyEventKind};
use tokio::sync::mpsc;

/// Changes or keys that wait for the screen.
const BACKLOG: usize = 1024;

/// One thing that changes the screen.
enum News {
    /// Of a kind, with its columns.
    Change(usize, Vec<Column>, Step),
    /// Of the terminal.
    Input(Event),
}

/// Shows the board until somebody leaves it.
pub(crate) async fn run(target: &Target) -> Result<(), CliError> {
    // Before the screen is taken: who cannot be reached is told in plain lines.
    target.connect().await?;
    let (sender, news) = mpsc::channel(BACKLOG);
    let terminal = ratatui::try_init()?;
    let _restored = Restored;
    listen(sender.clone());
    let [nodes, groups, instances, checks, events] = KINDS;
    let watches = async {
        tokio::try_join!(
            follow(0, nodes.kind, target, &sender),
            follow(1, groups.kind, target, &sender),
            follow(2, instances.kind, target, &sender),
            follow(3, checks.kind, target, &sender),
            follow(4, events.kind, target, &sender),
        )
    };
    tokio::select! {
        left = show(terminal, news, target) => left,
        broken = watches => broken.map(drop),
    }
}

/// Gives the terminal back however the board ends.
struct Restored;

impl Drop for Restored {
    fn drop(&mut self) {
        ratatui::restore();
    }
}

/// Keys are read by a thread of their own: a terminal has no other way. It ends with the program.
fn listen(sender: mpsc::Sender<News>) {
    std::thread::spawn(move || {
        while let Ok(input) = event::read() {
            if sender.blocking_send(News::Input(input)).is_err() {
                return;
            }
        }
    });
}

async fn follow(
    place: usize,
    kind: &str,
    target: &Target,
    sender: &mpsc::Sender<News>,
) -> Result<(), CliError> {
    let mut watch = Watch::start(target, kind, "").await?;
    loop {
        let step = watch.next().await?;
        if sender.send(News::Change(place, watch.columns().to_vec(), step)).await.is_err() {
            return Ok(());
        }
    }
}

async fn show(
    mut terminal: DefaultTerminal,
    mut news: mpsc::Receiver<News>,
    target: &Target,
) -> Result<(), CliError> {
    let mut board = Board::default();
    loop {
        terminal.draw(|frame| draw::board(frame, &mut board))?;
        let Some(first) = news.recv().await else { return Ok(()) };
        let mut next = Some(first);
        // All that has come by now is one picture.
        while let Some(one) = next {
            match take(one, &mut board) {
                Some(Asked::Leave) => return Ok(()),
                Some(Asked::Describe { kind, id }) => board.describe(text(kind, id, target).await),
                None => {}
            }
            next = news.try_recv().ok();
        }
    }
}

fn take(news: News, board: &mut Board) -> Option<Asked> {
    match news {
        News::Change(place, columns, step) => {
            board.change(place, columns, step);
            None
        }
        News::Input(Event::Key(key)) if key.kind != KeyEventKind::Release => board.key(key),
        News::Input(_) => None,
    }
}

/// What is shown of a record; also what went wrong, since a record may have gone in the meantime.
async fn text(kind: &str, id: String, target: &Target) -> String {
    let described = async {
        let request = DescribeRequest { kind: kind.to_owned(), name: id };
        Ok::<_, CliError>(target.connect().await?.describe(request).await?.into_inner().text)
    };
    described.await.unwrap_or_else(|error| error.message().to_owned())
}
