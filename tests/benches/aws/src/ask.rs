//! What is asked of the door, and what an answer has to be.

use tests_benches_instruments::{Answer, Failure};

/// Stands once with every instance that any of the servers shows.
const INSTANCE: &[u8] = b"<instanceState>";
const VERSION: &str = "2016-11-15";

/// One request.
#[derive(Clone, Debug)]
pub(crate) enum Ask {
    /// All instances; there are so many at least, and exactly so many unless `growing`.
    Describe { count: usize, growing: bool },
    /// One of them.
    DescribeOne(String),
    /// So many more.
    Run { image: String, count: usize },
    /// A tag more.
    Tag(String),
    /// One less.
    Terminate(String),
    /// Images of one name.
    Images(&'static str),
}

impl Ask {
    /// The form that is posted.
    pub(crate) fn body(&self) -> String {
        let (action, members) = match self {
            Self::Describe { .. } => ("DescribeInstances", String::new()),
            Self::DescribeOne(id) => ("DescribeInstances", format!("&InstanceId.1={id}")),
            Self::Run { image, count } => {
                let members =
                    format!("&ImageId={image}&InstanceType=t3.nano&MinCount={count}&MaxCount={count}");
                ("RunInstances", members)
            }
            Self::Tag(id) => {
                ("CreateTags", format!("&ResourceId.1={id}&Tag.1.Key=role&Tag.1.Value=measured"))
            }
            Self::Terminate(id) => ("TerminateInstances", format!("&InstanceId.1={id}")),
            Self::Images(name) => (
                "DescribeImages",
                format!("&Filter.1.Name=name&Filter.1.Value.1={}", name.replace('/', "%2F")),
            ),
        };
        format!("Action={action}&Version={VERSION}{members}")
    }

    /// Fails unless the answer is what was asked for.
    pub(crate) fn check(&self, answer: Answer<'_>) -> Result<(), Failure> {
        if answer.status != 200 {
            let text = String::from_utf8_lossy(&answer.body[..answer.body.len().min(500)]).into_owned();
            return Err(format!("{self:?}: {}: {text}", answer.status).into());
        }
        let shown = || memchr::memmem::find_iter(answer.body, INSTANCE).count();
        let right = match self {
            Self::Describe { count, growing: false } => shown() == *count,
            Self::Describe { count, growing: true } => shown() >= *count,
            Self::DescribeOne(_) => shown() == 1,
            Self::Run { count, .. } => shown() == *count,
            Self::Tag(_) | Self::Terminate(_) | Self::Images(_) => true,
        };
        if right { Ok(()) } else { Err(format!("{self:?}: {} instances are shown", shown()).into()) }
    }
}

/// The texts between `<tag>` and `</tag>`.
pub(crate) fn texts(body: &[u8], tag: &str) -> Vec<String> {
    let text = String::from_utf8_lossy(body);
    let (start, end) = (format!("<{tag}>"), format!("</{tag}>"));
    let found = text.split(&start).skip(1).filter_map(|rest| rest.split_once(&end));
    found.map(|(text, _)| text.to_owned()).collect()
}
