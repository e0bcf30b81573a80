//! The routes and what every request passes on its way to them.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRef};
use axum::middleware::{from_fn, from_fn_with_state};
use tokio::sync::mpsc;
use utoipa_axum::router::OpenApiRouter;
use yorisoi_domain::ids::InterviewId;

use super::error::Problem;
use super::middleware::{csrf, headers, left, request_id, whole};
use super::origin::Origins;
use super::web::{self, Mark};
use super::{api, openapi};
use crate::app::App;
use crate::app::practice::PracticeGuest;
use crate::call::News;
use crate::call::registry::Registry;

/// The longest body that any operation takes.
const LONGEST_BODY: usize = 64 * 1024;

/// What handlers and extractors need.
#[derive(Clone)]
pub struct Service {
    pub app: Arc<App>,
    pub calls: Registry,
    pub origins: Origins,
    pub mark: Mark,
    pub trusted_proxies: Arc<[IpAddr]>,
    /// Calls a guest to practise with; only in a demo.
    pub practice: Option<mpsc::Sender<PracticeGuest>>,
}

impl Service {
    /// Tells a running call what has been committed. It is the committed word that counts: a call
    /// that can't follow loses nothing, for it asks again when the page comes back.
    pub(super) async fn tell(&self, interview: InterviewId, news: News) {
        if let Err(refusal) = self.calls.tell(interview, news).await {
            tracing::warn!(%interview, %refusal, "a call could not follow the records");
        }
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service")
            .field("origins", &self.origins)
            .finish_non_exhaustive()
    }
}

impl FromRef<Service> for Arc<App> {
    fn from_ref(service: &Service) -> Self {
        Self::clone(&service.app)
    }
}

impl FromRef<Service> for Origins {
    fn from_ref(service: &Service) -> Self {
        service.origins.clone()
    }
}

impl FromRef<Service> for Mark {
    fn from_ref(service: &Service) -> Self {
        service.mark
    }
}

/// Every operation together with its description.
#[must_use]
pub fn operations() -> OpenApiRouter<Service> {
    OpenApiRouter::with_openapi(openapi::head())
        .merge(api::login::operations())
        .merge(api::second_factor::operations())
        .merge(api::sessions::operations())
        .merge(api::interviews::operations())
        .merge(api::door::operations())
        .merge(api::call::operations())
        .merge(api::consent::operations())
        .merge(api::flags::operations())
        .merge(api::forms::operations())
        .merge(api::rules::operations())
        .merge(api::alerts::operations())
        .merge(api::help::operations())
        .merge(api::notes::operations())
        .merge(api::reviews::operations())
        .merge(api::records::operations())
        .merge(api::join::operations())
        .merge(api::users::operations())
        .merge(api::audit::operations())
        .merge(api::voice::operations())
        .merge(api::practice::operations())
}

/// The whole service.
pub fn router(service: Service) -> Router {
    let https = service.origins.main().starts_with("https://");
    let (api, _) = operations().split_for_parts();
    let router = api
        .method_not_allowed_fallback(async || Problem::method_not_allowed())
        .fallback(web::page)
        .layer(DefaultBodyLimit::max(LONGEST_BODY))
        .layer(from_fn_with_state(service.clone(), left::left))
        .layer(from_fn_with_state(service.origins.clone(), csrf::csrf))
        .layer(from_fn(headers::headers));
    let router = if https {
        router.layer(from_fn(headers::strict_transport))
    } else {
        router
    };
    router
        .layer(from_fn(request_id::request_id))
        .layer(from_fn(whole::whole))
        .with_state(service)
}
