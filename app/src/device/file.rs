//! Files: handing one to the browser to save or to share, and reading one that the person has chosen.

use js_sys::{Array, Function, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, BlobPropertyBag, File, FilePropertyBag, HtmlAnchorElement, Url};

/// Asks the browser to save a text as a file. Whether it does, it does not tell: in-app browsers do nothing at all.
///
/// # Errors
/// Whatever the browser says where it does not let pages save files.
pub fn save(name: &str, text: &str) -> Result<(), JsValue> {
    let kind = BlobPropertyBag::new();
    kind.set_type("application/json");
    let parts = Array::of1(&JsValue::from_str(text));
    let blob = Blob::new_with_str_sequence_and_options(&parts, &kind)?;
    hand_over(name, &blob)
}

/// Asks the browser to save bytes as a file of this kind.
///
/// # Errors
/// Whatever the browser says where it does not let pages save files.
pub fn save_bytes(name: &str, kind: &str, bytes: &[u8]) -> Result<(), JsValue> {
    let parts = Array::of1(&Uint8Array::from(bytes));
    let options = BlobPropertyBag::new();
    options.set_type(kind);
    let blob = Blob::new_with_u8_array_sequence_and_options(&parts, &options)?;
    hand_over(name, &blob)
}

fn hand_over(name: &str, blob: &Blob) -> Result<(), JsValue> {
    let document = web_sys::window()
        .and_then(|w| w.document())
        .ok_or(JsValue::NULL)?;
    let url = Url::create_object_url_with_blob(blob)?;
    let link: HtmlAnchorElement = document.create_element("a")?.unchecked_into();
    link.set_href(&url);
    link.set_download(name);
    link.click();
    Url::revoke_object_url(&url)
}

/// What can be shared: a file in the form that `navigator.share` takes; none where the browser shares no files.
fn shareable(name: &str, text: &str) -> Option<(JsValue, Object)> {
    let navigator = JsValue::from(web_sys::window()?.navigator());
    let kind = FilePropertyBag::new();
    // Browsers share only files of known kinds, of which JSON is none.
    kind.set_type("text/plain");
    let parts = Array::of1(&JsValue::from_str(text));
    let file = File::new_with_str_sequence_and_options(&parts, name, &kind).ok()?;
    let data = Object::new();
    Reflect::set(&data, &"files".into(), &Array::of1(&file)).ok()?;
    let can: Function = method(&navigator, "canShare")?;
    let can = can.call1(&navigator, &data).ok()?;
    can.is_truthy().then_some((navigator, data))
}

fn method(of: &JsValue, name: &str) -> Option<Function> {
    Reflect::get(of, &name.into()).ok()?.dyn_into().ok()
}

/// Whether the browser can hand files to other apps.
#[must_use]
pub fn can_share() -> bool {
    shareable("a.txt", "a").is_some()
}

/// Hands a text as a file to another app that the person chooses; whether the browser says that it was taken. The name ends in `.txt`.
pub async fn share(name: &str, text: &str) -> bool {
    let shared = || {
        let (navigator, data) = shareable(name, text)?;
        let shared = method(&navigator, "share")?.call1(&navigator, &data).ok()?;
        shared.dyn_into::<Promise>().ok()
    };
    match shared() {
        Some(promise) => JsFuture::from(promise).await.is_ok(),
        None => false,
    }
}

/// The text of a file that the person has chosen.
///
/// # Errors
/// Whatever the browser says.
pub async fn read(file: &File) -> Result<String, JsValue> {
    let text = JsFuture::from(file.text()).await?;
    Ok(text.as_string().unwrap_or_default())
}

/// Asks the browser to save a table as a file; its first character tells spreadsheets that it is UTF-8.
///
/// # Errors
/// Whatever the browser says where it does not let pages save files.
pub fn save_table(name: &str, text: &str) -> Result<(), JsValue> {
    save(name, &format!("\u{feff}{text}"))
}

/// A chosen file as base64.
///
/// # Errors
/// Whatever the browser says.
pub async fn read_base64(file: &File) -> Result<String, JsValue> {
    let bytes = JsFuture::from(file.array_buffer()).await?;
    let bytes = Uint8Array::new(&bytes).to_vec();
    let mut text = String::with_capacity(bytes.len() * 4 / 3 + 4);
    let window = web_sys::window().ok_or(JsValue::NULL)?;
    // A multiple of three, so that the pieces join.
    for piece in bytes.chunks(24 * 1024) {
        let latin: String = piece.iter().map(|byte| char::from(*byte)).collect();
        text.push_str(&window.btoa(&latin)?);
    }
    Ok(text)
}
