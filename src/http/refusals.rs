//! The refusals that many operations share, for the description of the interface. What one
//! operation alone refuses stands beside it.

use std::collections::BTreeMap;

use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{IntoResponses, ToSchema};

use super::error::Problem;

/// Nobody is signed in or seated, or this is not for whoever is.
pub(in crate::http) struct GrantRefusals;

/// [`GrantRefusals`], or there is no such thing for whoever asks.
pub(in crate::http) struct CaseRefusals;

/// Fields that can't be taken as they are.
pub(in crate::http) struct FieldRefusals;

/// A guest has changed things many times in a moment. What leads to less is never refused so.
pub(in crate::http) struct TooOften;

type Responses = BTreeMap<String, RefOr<Response>>;

fn problem(status: &str, description: &str) -> (String, RefOr<Response>) {
    let schema = Ref::from_schema_name(Problem::name());
    let content = ContentBuilder::new().schema(Some(schema)).build();
    let response = ResponseBuilder::new()
        .description(description)
        .content("application/problem+json", content)
        .build();
    (status.to_owned(), response.into())
}

impl IntoResponses for GrantRefusals {
    fn responses() -> Responses {
        let nobody = problem("401", "Nobody is signed in here, or has a seat.");
        Responses::from([nobody, problem("403", "Not allowed to whoever asked.")])
    }
}

impl IntoResponses for CaseRefusals {
    fn responses() -> Responses {
        let mut refusals = GrantRefusals::responses();
        refusals.extend([problem("404", "There is nothing here.")]);
        refusals
    }
}

impl IntoResponses for TooOften {
    fn responses() -> Responses {
        let often = "Changed too often in a moment: nothing has changed. Less (a no, a pause, somebody is near) is always taken.";
        Responses::from([problem("429", often)])
    }
}

impl IntoResponses for FieldRefusals {
    fn responses() -> Responses {
        let named = "Fields that can't be taken, all of them named.";
        Responses::from([problem("422", named)])
    }
}
