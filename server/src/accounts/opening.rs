//! Accounts to open: what is wrong with which one, and opening those that are fine in one transaction.

use super::table;
use crate::backend::{StorageBackend, unavailable};
use crate::cache::Account;
use crate::group_commit::Write;
use crate::storage::accounts::{NO_PASSWORD, NewAccount, StoredAccount};
use api::accounts::{ImportRequest, MAX_FILE_BYTES, OpenAnswer, OpenRequest, OpenRow, Outcome};
use api::{ApiError, Caller};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use domain::accounts::table::{MOST_ROWS, Read, is_same_place};
use domain::accounts::{
    Opening, OpeningFault, Post, actor, may_look_after, name, phone, role_line,
};
use domain::{RegionCode, Role, UserId};
use std::collections::HashMap;

/// One account to open, as far as it is understood.
struct Wanted {
    row: u32,
    read: Read,
    /// The role with the names of its places, and the counties its organization serves, once they are known.
    role: Option<(Role, Vec<RegionCode>)>,
    exists: Option<String>,
}

impl StorageBackend {
    /// Opens accounts, all or none.
    pub(crate) async fn open_all(
        &self,
        caller: &Caller,
        request: OpenRequest,
    ) -> Result<OpenAnswer, ApiError> {
        let above = self.above(caller, Some(request.user)).await?;
        if request.accounts.len() > MOST_ROWS {
            return Err(ApiError::TooLarge {
                limit_bytes: MOST_ROWS as u64,
            });
        }
        let rows = request
            .accounts
            .into_iter()
            .map(|opening| (0, typed(opening)));
        let mut wanted = self.examined(&above, rows.collect()).await?;
        let all_fine = wanted.iter().all(Wanted::is_fine);
        if all_fine && !wanted.is_empty() {
            return self.opened(&above, wanted).await;
        }
        Ok(answer(&mut wanted, &above))
    }

    /// Reads a table of accounts; opens those that are fine if they are as many as the caller has seen.
    pub(crate) async fn import(
        &self,
        caller: &Caller,
        request: ImportRequest,
    ) -> Result<OpenAnswer, ApiError> {
        let above = self.above(caller, Some(request.user)).await?;
        let refused = |words: String| OpenAnswer {
            refused: Some(words),
            ..OpenAnswer::default()
        };
        // Four characters of Base64 are three bytes.
        if request.file.len() > MAX_FILE_BYTES.div_ceil(3) * 4 {
            return Ok(refused(table::TableError::TooLarge.to_string()));
        }
        let Ok(bytes) = BASE64.decode(request.file.as_bytes()) else {
            return Err(ApiError::Malformed {
                detail: "`file` is not Base64".to_owned(),
            });
        };
        let role = above.actor.role.clone();
        // A damaged file may make the reader panic; that ends only this task.
        let read = tokio::task::spawn_blocking(move || table::read(&bytes, &role)).await;
        let rows = match read.unwrap_or(Err(table::TableError::Damaged)) {
            Ok(rows) => rows,
            Err(error) => return Ok(refused(error.to_string())),
        };
        let role = &above.actor.role;
        let rows = rows.into_iter().map(|(n, row)| (n, row.read(role)));
        let mut wanted = self.examined(&above, rows.collect()).await?;
        let fine = wanted.iter().filter(|one| one.is_fine()).count();
        if fine > 0 && request.open.is_some_and(|seen| seen as usize == fine) {
            return self.opened(&above, wanted).await;
        }
        Ok(answer(&mut wanted, &above))
    }

    /// Looks whether accounts may be opened, whether their places are there, and whether their numbers are taken.
    async fn examined(
        &self,
        above: &Account,
        rows: Vec<(u32, Read)>,
    ) -> Result<Vec<Wanted>, ApiError> {
        let posts: Vec<Post> = rows
            .iter()
            .filter_map(|(_, read)| Some(read.opening.as_ref()?.post.clone()))
            .collect();
        let names = self.names(&posts).await?;
        let phones: Vec<String> = rows
            .iter()
            .filter_map(|(_, read)| Some(read.opening.as_ref()?.phone.clone()))
            .collect();
        self.number_limits
            .admit(
                above.actor.user,
                &above.actor.role,
                &phones,
                self.clock.now(),
            )
            .map_err(|retry_after_s| ApiError::TooManyNumbers { retry_after_s })?;
        let there = self.storage.accounts_by_phone(&phones).await;
        let mut keeping: HashMap<String, StoredAccount> = HashMap::new();
        for account in there.map_err(|e| unavailable(&e))? {
            if self.keeps_number(&account).await? {
                keeping.insert(account.phone.clone(), account);
            }
        }
        let mut first_with: HashMap<String, u32> = HashMap::new();
        let mut wanted = Vec::with_capacity(rows.len());
        for (row, read) in rows {
            let mut one = Wanted {
                row,
                read,
                role: None,
                exists: None,
            };
            if let Some(opening) = one.read.opening.clone() {
                let registered_in = names.registered_in(&opening.post);
                if !may_look_after(&above.actor.role, &opening.post, registered_in) {
                    one.fails(OpeningFault::NotYours.to_string());
                } else {
                    match names.role(&opening.post) {
                        Ok(role) => one.role = Some(role),
                        Err(fault) => one.fails(fault.to_string()),
                    }
                }
                let called = names.called(&opening.post);
                let called: Vec<&str> = called.iter().map(String::as_str).collect();
                if let Some(name) = called.first()
                    && !is_same_place(&one.read.place, &called)
                {
                    let words = format!("这个代码是“{name}”，不是“{}”", one.read.place);
                    one.fails(words);
                }
                if let Some(other) = keeping.get(&opening.phone) {
                    one.exists = Some(self.who(above, other).await?);
                } else if let Some(other) = first_with.insert(opening.phone.clone(), row) {
                    one.fails(if row == 0 {
                        "这个手机号写了两次".to_owned()
                    } else {
                        format!("和第 {other} 行是同一个手机号")
                    });
                }
            }
            wanted.push(one);
        }
        Ok(wanted)
    }

    /// Whose account it is, as far as this person may know.
    async fn who(&self, above: &Account, other: &StoredAccount) -> Result<String, ApiError> {
        let post = Post::of(&other.actor.role);
        let registered_in = self.registered_in(&post).await?;
        Ok(if may_look_after(&above.actor.role, &post, registered_in) {
            format!("{} · {}", other.actor.name, role_line(&other.actor.role))
        } else {
            "不归您管的账号".to_owned()
        })
    }

    async fn opened(
        &self,
        above: &Account,
        mut wanted: Vec<Wanted>,
    ) -> Result<OpenAnswer, ApiError> {
        let by = above.actor.user;
        let mut accounts = Vec::new();
        for one in wanted.iter().filter(|one| one.is_fine()) {
            let (Some(opening), Some((role, serves))) = (&one.read.opening, &one.role) else {
                continue;
            };
            let mut id = [0; 16];
            self.random.fill(&mut id);
            let user = UserId::from_random(id);
            accounts.push(NewAccount {
                phone: opening.phone.clone(),
                password: NO_PASSWORD.to_owned(),
                actor: actor(user, opening.name.clone(), role.clone(), serves),
                active: true,
                creator: Some(by),
            });
        }
        let made = self.new_invitations(by, &accounts).await?;
        let (invitations, slips): (Vec<_>, Vec<_>) = made.into_iter().unzip();
        let opened = accounts.len();
        let write = Write::OpenAccounts {
            by,
            accounts,
            invitations,
        };
        let done = self.writer.write_if(write).await;
        if !matches!(done, Ok(true)) {
            self.invitation_limits.were_not_issued(by, opened);
        }
        if !done.map_err(|e| unavailable(&e))? {
            // Somebody has opened one of them meanwhile: what is there is told, and nothing was opened.
            let rows = wanted.into_iter().map(|one| (one.row, one.read)).collect();
            let mut again = self.examined(above, rows).await?;
            return Ok(answer(&mut again, above));
        }
        tracing::info!(by = %by, opened, "accounts were opened");
        let mut slips = slips.into_iter();
        let rows = wanted
            .iter_mut()
            .map(|one| {
                let slip = if one.is_fine() { slips.next() } else { None };
                let mut row = one.row(&above.actor.role);
                if let Some(slip) = slip {
                    row.outcome = Outcome::Opened(slip);
                }
                row
            })
            .collect();
        Ok(OpenAnswer {
            refused: None,
            rows,
            opened: true,
        })
    }
}

impl Wanted {
    fn is_fine(&self) -> bool {
        self.role.is_some() && self.exists.is_none() && self.read.faults.is_empty()
    }

    fn fails(&mut self, words: String) {
        self.read.faults.push(words);
    }

    fn row(&mut self, above: &Role) -> OpenRow {
        let place = match &self.role {
            // A county knows where its towns are.
            Some((Role::Village { place }, _)) if matches!(above, Role::Bureau { .. }) => {
                format!("{} {}", place.town_name, place.village_name)
            }
            Some((role, _)) => role_line(role),
            None => self.read.place.clone(),
        };
        let outcome = if !self.read.faults.is_empty() {
            Outcome::Faults(self.read.faults.clone())
        } else if let Some(who) = &self.exists {
            Outcome::Exists(who.clone())
        } else {
            Outcome::Fine
        };
        OpenRow {
            row: self.row,
            name: self.read.name.clone(),
            phone: self.read.phone.clone(),
            place,
            outcome,
        }
    }
}

fn answer(wanted: &mut [Wanted], above: &Account) -> OpenAnswer {
    let above = &above.actor.role;
    OpenAnswer {
        refused: None,
        rows: wanted.iter_mut().map(|one| one.row(above)).collect(),
        opened: false,
    }
}

/// What came from a form is read as strictly as what stands in a table.
fn typed(opening: Opening) -> Read {
    let (read_name, read_phone) = (name(&opening.name), phone(&opening.phone));
    let faults: Vec<String> = [read_name.as_ref().err(), read_phone.as_ref().err()]
        .into_iter()
        .flatten()
        .map(ToString::to_string)
        .collect();
    let fine = match (&read_name, &read_phone) {
        (Ok(name), Ok(phone)) => Some(Opening {
            name: name.clone(),
            phone: phone.clone(),
            post: opening.post,
        }),
        _ => None,
    };
    Read {
        opening: fine,
        name: read_name.unwrap_or(opening.name),
        phone: read_phone.unwrap_or(opening.phone),
        place: String::new(),
        faults,
    }
}
