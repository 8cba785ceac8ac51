//! `xiangdan-shuttle`: the same application under shuttle-runtime. Where the data and the site are is read from
//! `DATABASE_URL`, `XIANGDAN_DATA` and `XIANGDAN_SITE`, who may read `/metrics` from `XIANGDAN_METRICS_TOKEN`; the platform says where to listen.

use server::config::Secret;
use server::networks::Proxies;
use server::storage::StorageError;
use server::{App, Config};
use std::env;
use std::path::PathBuf;

#[shuttle_runtime::main]
async fn main() -> Result<App, shuttle_runtime::Error> {
    let standard = Config::default();
    let folder = |name, standard| env::var_os(name).map_or(standard, PathBuf::from);
    let database = env::var("DATABASE_URL").ok().map(|text| text.parse());
    let config = Config {
        database: database
            .transpose()
            .map_err(|e: StorageError| shuttle_runtime::Error::Custom(e.into()))?,
        data: folder("XIANGDAN_DATA", standard.data),
        site: folder("XIANGDAN_SITE", standard.site),
        https: true,
        proxies: Proxies::Everybody,
        metrics_token: env::var("XIANGDAN_METRICS_TOKEN")
            .ok()
            .and_then(|token| Secret::new(&token)),
        ..Config::default()
    };
    App::open(&config)
        .await
        .map_err(|e| shuttle_runtime::Error::Custom(e.into()))
}
