//! A worker at a job about the redemption: `worker::issue_coupon` and `worker::cancel_coupon`, step by step.

use fidelidade::domain::saga::{ending, issuing};

use super::row::{Read, Row};
use super::shop::{Fate, Request, Shop, There};
use super::twists::Twist;

/// Where a worker stands, and what it remembers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Worker {
    job: Job,
    read: Read,
    /// The request was noted and sent, and is not answered yet.
    is_sending: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Job {
    Issue(issuing::Issuing),
    /// `IssueCoupon::give_up`.
    GiveUp,
    End(ending::Ending),
}

/// What a worker does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// Looks at the shop.
    Look,
    /// Waits for the answer to a request.
    Answer(Request),
    /// A transaction, or the end of the job.
    Write,
}

impl Worker {
    pub(crate) fn issue(row: &Row, twist: Twist) -> Self {
        Self::at(row, Job::Issue(issuing::Issuing::begin(row.known(twist))))
    }

    /// A job that was tried often enough, if it may give up.
    pub(crate) fn give_up(row: &Row, twist: Twist) -> Option<Self> {
        let step = issuing::Issuing::begin(row.known(twist)).step();
        (step == issuing::Step::Send).then(|| Self::at(row, Job::GiveUp))
    }

    pub(crate) fn end(row: &Row, twist: Twist) -> Self {
        Self::at(row, Job::End(ending::Ending::begin(row.known(twist))))
    }

    fn at(row: &Row, job: Job) -> Self {
        Self {
            job,
            read: row.read(),
            is_sending: false,
        }
    }

    /// The request that is under way.
    pub(crate) fn request(&self) -> Option<Request> {
        let code = self.read.code;
        let request = match self.job {
            Job::End(_) => Request::End { code },
            Job::Issue(_) | Job::GiveUp => Request::Create { code },
        };
        self.is_sending.then_some(request)
    }

    pub(crate) fn next(&self) -> Next {
        if let Some(request) = self.request() {
            return Next::Answer(request);
        }
        let looks = match self.job {
            Job::Issue(issuing) => issuing.step() == issuing::Step::Look,
            Job::End(ending) => ending.step() == ending::Step::Look,
            Job::GiveUp => false,
        };
        if looks { Next::Look } else { Next::Write }
    }

    /// The worker after it looked. Whether uses are counted depends on the shop.
    pub(crate) fn looked(mut self, shop: Shop, counts_uses: bool) -> Self {
        let there = shop.at(self.read.code);
        match &mut self.job {
            Job::Issue(issuing) => {
                *issuing = issuing.looked(match there {
                    There::Nothing | There::Gone | There::Live { shown: false } => issuing::Found::Nothing,
                    There::Live { .. } | There::Used | There::Dead => issuing::Found::Ours,
                    There::Anothers => issuing::Found::Anothers,
                });
            }
            Job::End(ending) => {
                *ending = ending.looked(match there {
                    There::Nothing | There::Gone | There::Anothers | There::Live { shown: false } => {
                        ending::Found::Nothing
                    }
                    There::Used if counts_uses => ending::Found::Used,
                    There::Live { .. } | There::Used => ending::Found::Alive,
                    There::Dead => ending::Found::Dead,
                });
            }
            Job::GiveUp => {}
        }
        self
    }

    /// The worker after its request was answered.
    pub(crate) fn answered(mut self, fate: Fate) -> Self {
        self.is_sending = false;
        match &mut self.job {
            Job::Issue(issuing) => {
                *issuing = issuing.answered(match fate {
                    Fate::Done { answered: true, .. } => issuing::Answer::Created,
                    Fate::Done { .. } | Fate::Failed | Fate::OnItsWay => issuing::Answer::Lost,
                    Fate::Duplicate => issuing::Answer::DuplicateCode,
                    Fate::Refused => issuing::Answer::Refused,
                    Fate::NotSent | Fate::NotFound => issuing::Answer::NotSent,
                });
            }
            Job::End(ending) => {
                *ending = ending.answered(match fate {
                    Fate::Done { answered: true, .. } => ending::Answer::Ended,
                    Fate::NotFound => ending::Answer::NotFound,
                    Fate::Refused | Fate::Duplicate => ending::Answer::Refused,
                    Fate::Done { .. } | Fate::Failed | Fate::OnItsWay | Fate::NotSent => ending::Answer::Lost,
                });
            }
            Job::GiveUp => {}
        }
        self
    }

    /// Carries out a transaction; nothing is left of the worker when its job ends with it.
    pub(crate) fn write(mut self, row: &mut Row, twist: Twist) -> Option<Self> {
        let read = self.read;
        match self.job {
            Job::GiveUp => row.fail(read, twist),
            Job::Issue(issuing) => match issuing.step() {
                issuing::Step::Send if row.note_request(&mut self.read, twist) => {
                    self.is_sending = true;
                    return Some(self);
                }
                issuing::Step::Complete => row.complete(twist),
                issuing::Step::Fail => row.fail(read, twist),
                issuing::Step::ReplaceCode => row.replace_code(read, twist),
                issuing::Step::TakeBack => row.clear_attempt(read, twist),
                _ => {}
            },
            Job::End(ending) => match ending.step() {
                ending::Step::Send if row.note_request(&mut self.read, twist) => {
                    self.is_sending = true;
                    return Some(self);
                }
                ending::Step::NoteDisabled if row.note_disabled() => return self.goes_on(ending.disabled()),
                ending::Step::CheckSales if row.all_sales_seen || twist == Twist::ForgetsSales => {
                    return self.goes_on(ending.all_sales_seen());
                }
                ending::Step::Refund if !row.refund() => return self.goes_on(ending.used()),
                ending::Step::KeepUsed => row.keep_used(),
                ending::Step::KeepAlive => row.keep_alive(read, twist),
                _ => {}
            },
        }
        None
    }

    #[expect(
        clippy::unnecessary_wraps,
        reason = "a worker that goes on is what the caller returns"
    )]
    fn goes_on(mut self, ending: ending::Ending) -> Option<Self> {
        self.job = Job::End(ending);
        Some(self)
    }
}
