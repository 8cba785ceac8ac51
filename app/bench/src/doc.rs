//! The runner's documents, and how one becomes the command that posts a need.

use domain::commands::PostNeed;
use domain::{Contact, Help, ItemNo, NeedContent, NeedItem, Topic, Unit};
use domain::{Day, Fen, NeedId};
use serde::Deserialize;

/// A document of the peers' `gen.mjs`; what has no place in a need of this product is left out.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Doc {
    id: NeedId,
    title: String,
    description: String,
    category: String,
    goal_fen: i64,
    items: Vec<DocItem>,
    urgency: u8,
    contact: DocContact,
}

#[derive(Deserialize)]
struct DocItem {
    name: String,
    quantity: u64,
    unit: String,
}

#[derive(Deserialize)]
struct DocContact {
    name: String,
    phone: String,
}

impl Doc {
    /// The command of a cadre who posts it. The runner's documents are dated years ahead, which the rules reject, so
    /// the deadline is moved.
    pub(crate) fn post(self, today: Day) -> PostNeed {
        let items = self.items.into_iter().zip(1..).map(|(item, no)| NeedItem {
            no: ItemNo(no),
            name: item.name,
            quantity: item.quantity,
            unit: Unit::Of(item.unit),
        });
        PostNeed {
            need: self.id,
            content: NeedContent {
                title: self.title,
                details: self.description,
                topic: topic(&self.category),
                help: if self.urgency.is_multiple_of(2) {
                    Help::Relief
                } else {
                    Help::Capacity
                },
                items: items.collect(),
                deadline: today.plus(60),
                persons: 100,
                households: None,
                budget: Some(Fen(self.goal_fen)),
                urgent: self.urgency == 3,
                contact: Some(Contact {
                    name: self.contact.name,
                    phone: self.contact.phone,
                }),
            },
        }
    }
}

/// The same as the server's for its documents.
fn topic(category: &str) -> Topic {
    match category {
        "道路" | "照明" | "灾后修缮" => Topic::Environment,
        "校舍" | "助学" => Topic::Education,
        "医疗" => Topic::Health,
        "养老" => Topic::Care,
        "农具" | "种苗" => Topic::Industry,
        _ => Topic::PublicService,
    }
}
