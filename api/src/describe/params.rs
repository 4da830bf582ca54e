//! The parameters of lists, for operations that are described by hand.

use serde_json::Value;
use utoipa::{
    IntoParams,
    openapi::path::{Parameter, ParameterIn},
};

use super::reads::{format_parameter, include_parameter, min_position_header, page_parameters};

/// The header of all queries of read models.
pub(crate) struct MinPositionHeader;

/// The parameters of a page.
pub(crate) struct PageParams;

/// The parameter that asks for names.
pub(crate) struct IncludeParam;

/// The parameter that asks for a file.
pub(crate) struct FormatParam;

impl IntoParams for FormatParam {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        parameters([format_parameter()])
    }
}

impl IntoParams for MinPositionHeader {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        parameters([min_position_header()])
    }
}

impl IntoParams for PageParams {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        parameters(page_parameters())
    }
}

impl IntoParams for IncludeParam {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        parameters([include_parameter()])
    }
}

fn parameters<const N: usize>(described: [Value; N]) -> Vec<Parameter> {
    #[expect(clippy::expect_used, reason = "a parameter that is none fails every test")]
    let parameter = |described| serde_json::from_value(described).expect("a parameter");
    described.into_iter().map(parameter).collect()
}
