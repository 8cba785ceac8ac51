//! The contender's server of the browser benchmark: its routes and data.

use crate::app::AppState;
use crate::backend::StorageBackend;
use crate::cache::Account;
use crate::group_commit::Write;
use crate::regions::Regions;
use anyhow::Context;
use axum::Router;
use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::{Response, StatusCode};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use domain::needs::{
    Help, Need, NeedContent, NeedEvent, NeedHappened, NeedItem, NeedState, Pledge, PledgeStage,
    Topic,
};
use domain::{
    Actor, Contact, CreditCode, Entity, Fen, ItemNo, Millis, NeedId, OrderId, OrderLine, Place,
    RegionCode, Role, Unit, UserId,
};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::OnceLock;
use tokio::sync::OnceCell;

/// The epoch of every benchmark server, fixed so that a browser profile copied from one run is valid in the next.
pub(crate) const EPOCH: &str = "bench";
/// The file with the documents of `gen.mjs`.
const DOCS: &str = "XIANGDAN_BENCH_DOCS";
/// After the last time any document has, as in `gen.mjs`.
const CHANGED_AT: i64 = 1_767_225_600_000 + 4_000 * 86_400_000;
/// Who has taken what is not open.
const ORG: &str = "51430000500000001T";

static NEEDS: OnceCell<Vec<Need>> = OnceCell::const_new();

/// A document of `gen.mjs`, as far as it has a place in this product.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Doc {
    id: NeedId,
    title: String,
    description: String,
    village: RegionCode,
    village_name: String,
    category: String,
    goal_fen: i64,
    items: Vec<DocItem>,
    status: String,
    urgency: u8,
    created_at: Millis,
    updated_at: Millis,
    due: domain::Day,
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

#[derive(Deserialize)]
struct Amount {
    n: Option<usize>,
    count: Option<usize>,
}

/// Whether this process is measured in a browser: it has the documents. Without them it is a server like any other.
pub(crate) fn is_on() -> bool {
    static ON: OnceLock<bool> = OnceLock::new();
    *ON.get_or_init(|| std::env::var_os(DOCS).is_some())
}

/// What the peers' runner asks of a contender's server.
pub(crate) fn router() -> Router<AppState> {
    Router::new()
        .route("/bench-ctl/reset", post(reset))
        .route("/bench-ctl/change", post(change))
        .route("/bench-ctl/count", get(count))
}

/// Back to exactly the first n documents.
async fn reset(State(state): State<AppState>, Query(amount): Query<Amount>) -> Response<Body> {
    answer(reset_to(&state.backend, amount.n.unwrap_or(10_000)).await)
}

/// Changes `count` documents, spread evenly.
async fn change(State(state): State<AppState>, Query(amount): Query<Amount>) -> Response<Body> {
    answer(change_some(&state.backend, amount.count.unwrap_or(100)).await)
}

async fn count(State(state): State<AppState>) -> Response<Body> {
    answer(
        state
            .backend
            .database()
            .count_needs()
            .await
            .map_err(Into::into),
    )
}

fn answer(outcome: anyhow::Result<i64>) -> Response<Body> {
    match outcome {
        Ok(number) => number.to_string().into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, format!("{error:#}")).into_response(),
    }
}

async fn reset_to(backend: &StorageBackend, n: usize) -> anyhow::Result<i64> {
    let needs = NEEDS.get_or_try_init(async || load()).await?;
    anyhow::ensure!(
        needs.len() >= n,
        "{DOCS} holds {} documents only",
        needs.len()
    );
    let needs = &needs[..n];
    backend.set_bench_account(Account::new(reader(needs)?));
    backend.write(Write::Empty).await?;
    let entities = needs
        .iter()
        .map(|need| Entity::Need(Box::new(need.clone())))
        .collect();
    backend.write(Write::PutEntities(entities)).await?;
    Ok(backend.database().count_needs().await?)
}

async fn change_some(backend: &StorageBackend, count: usize) -> anyhow::Result<i64> {
    let needs = NEEDS.get().context("reset comes first")?;
    let n = usize::try_from(backend.database().count_needs().await?)?.min(needs.len());
    let changed = (0..count)
        .map(|k| {
            let mut need = needs[(2 * k + 1) * n / (2 * count)].clone();
            let at = Millis(CHANGED_AT + k as i64);
            need.pledges = vec![pledge(&need, PledgeStage::Active, at)?];
            need.state = NeedState::Published { at };
            need.updated_at = at;
            Ok(Entity::Need(Box::new(need)))
        })
        .collect::<anyhow::Result<Vec<_>>>()?;
    backend.write(Write::PutEntities(changed)).await?;
    Ok(count as i64)
}

fn load() -> anyhow::Result<Vec<Need>> {
    let file = PathBuf::from(std::env::var_os(DOCS).with_context(|| format!("{DOCS} is not set"))?);
    let text = std::fs::read(&file).with_context(|| format!("reading {}", file.display()))?;
    let docs: Vec<Doc> = serde_json::from_slice(&text).context("reading the documents")?;
    let regions = Regions::hunan()?;
    docs.into_iter().map(|doc| need(doc, &regions)).collect()
}

/// A document as a need of this product: in the library whatever its status, and open exactly when the document is.
fn need(doc: Doc, regions: &Regions) -> anyhow::Result<Need> {
    let place = regions.place(doc.village).unwrap_or_else(|| Place {
        village: doc.village,
        city_name: String::new(),
        county_name: String::new(),
        town_name: String::new(),
        village_name: doc.village_name.clone(),
    });
    let items = doc
        .items
        .into_iter()
        .enumerate()
        .map(|(at, item)| NeedItem {
            no: ItemNo(at as u16 + 1),
            name: item.name,
            quantity: item.quantity,
            unit: Unit::Of(item.unit),
        });
    let mut need = Need {
        id: doc.id,
        place,
        content: NeedContent {
            title: doc.title,
            details: doc.description,
            topic: topic(&doc.category),
            help: if doc.urgency.is_multiple_of(2) {
                Help::Relief
            } else {
                Help::Capacity
            },
            items: items.collect(),
            deadline: doc.due,
            persons: 100,
            households: None,
            budget: Some(Fen(doc.goal_fen)),
            urgent: doc.urgency == 3,
            contact: Some(Contact {
                name: doc.contact.name,
                phone: doc.contact.phone,
            }),
        },
        revision: domain::Revision::default(),
        rewritten: Vec::new(),
        state: NeedState::Published { at: doc.updated_at },
        opinions: Vec::new(),
        pledges: Vec::new(),
        waiting: Vec::new(),
        offer: None,
        asked: Vec::new(),
        terms: domain::terms::NeedTerms::default(),
        also: Vec::new(),
        told_apart: Vec::new(),
        merged: Vec::new(),
        history: vec![NeedEvent {
            at: doc.updated_at,
            what: NeedHappened::Published,
        }],
        author: UserId(doc.id.0),
        created_at: doc.created_at,
        updated_at: doc.updated_at,
    };
    let stage = match doc.status.as_str() {
        "open" => None,
        "done" => Some(PledgeStage::Delivered),
        "closed" => Some(PledgeStage::Confirmed),
        _ => Some(PledgeStage::Active),
    };
    if let Some(stage) = stage {
        need.pledges.push(pledge(&need, stage, doc.updated_at)?);
    }
    Ok(need)
}

/// One organization has all of it.
fn pledge(need: &Need, stage: PledgeStage, at: Millis) -> anyhow::Result<Pledge> {
    let lines = need
        .content
        .items
        .iter()
        .map(|i| OrderLine {
            item: i.no,
            quantity: i.quantity,
        })
        .collect();
    let org: CreditCode = ORG.parse()?;
    Ok(Pledge {
        order: OrderId(need.id.0),
        org,
        org_name: "星火助农志愿服务协会".to_owned(),
        at,
        lines,
        stage,
        hand_overs: Vec::new(),
    })
}

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

/// A village cadre whose library is every county that has documents.
fn reader(needs: &[Need]) -> anyhow::Result<Actor> {
    let place = needs.first().context("no documents")?.place.clone();
    let counties: BTreeSet<RegionCode> = needs.iter().map(|n| n.place.county()).collect();
    Ok(Actor {
        user: UserId::from_random([0xbe; 16]),
        name: "基准".to_owned(),
        role: Role::Village { place },
        library: counties.into_iter().collect(),
    })
}
