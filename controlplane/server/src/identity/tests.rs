//! Whole servers on loopback: who comes in, who stays in, who is put out.

mod house;
mod joining;
mod lasting;
mod leaving;
mod strangers;
