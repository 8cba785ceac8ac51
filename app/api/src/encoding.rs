//! How arguments, answers and errors are written: JSON on both sides. The server uses `serde_json`; a page uses the reader
//! and writer it has anyway, so that no second one is loaded.

#[cfg(feature = "ssr")]
pub use server_fn::codec::{Json, JsonEncoding};

#[cfg(not(feature = "ssr"))]
pub use page::{Json, JsonEncoding};

#[cfg(not(feature = "ssr"))]
mod page {
    use bytes::Bytes;
    use domain::json;
    use serde::Serialize;
    use serde::de::DeserializeOwned;
    use server_fn::codec::Post;
    use server_fn::{ContentType, Decodes, Encodes, Format, FormatType};

    /// Arguments and answers as JSON in the body of a `POST`.
    pub type Json = Post<JsonEncoding>;

    /// JSON by [`domain::json`].
    #[derive(Clone, Copy, Debug)]
    pub struct JsonEncoding;

    impl ContentType for JsonEncoding {
        const CONTENT_TYPE: &'static str = "application/json";
    }

    impl FormatType for JsonEncoding {
        const FORMAT_TYPE: Format = Format::Text;
    }

    impl<T: Serialize> Encodes<T> for JsonEncoding {
        type Error = json::Error;

        fn encode(output: &T) -> Result<Bytes, json::Error> {
            json::to_string(output).map(Bytes::from)
        }
    }

    impl<T: DeserializeOwned> Decodes<T> for JsonEncoding {
        type Error = json::Error;

        fn decode(bytes: Bytes) -> Result<T, json::Error> {
            json::from_slice(&bytes)
        }
    }
}
