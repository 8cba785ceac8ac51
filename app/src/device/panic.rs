use std::panic::PanicHookInfo;
use wasm_bindgen::{JsCast, JsValue};

/// After a fault of the program nothing on the page can be trusted: covers it and offers to load it again. Everything a
/// person did is in the outbox already.
pub fn install() {
    std::panic::set_hook(Box::new(show));
}

fn show(info: &PanicHookInfo<'_>) {
    web_sys::console::error_1(&JsValue::from_str(&info.to_string()));
    let cover = || -> Option<()> {
        let document = web_sys::window()?.document()?;
        let panel = document.create_element("div").ok()?;
        panel.set_class_name("panic");
        panel.set_attribute("role", "alertdialog").ok()?;
        let child = |tag: &str, words: &str| {
            let element = document.create_element(tag).ok()?;
            element.set_text_content(Some(words));
            panel.append_child(&element).ok()?;
            Some(element)
        };
        child("h1", "应用出错了")?;
        child(
            "p",
            "填过的内容都保存在这台手机上，没有丢。重新打开就能接着用。",
        )?;
        let button = child("button", "重新打开")?;
        button.set_class_name("btn");
        // The browser's own method, bound: after a panic no Rust closure may run again.
        let window = web_sys::window()?;
        let location: JsValue = window.location().into();
        let method = js_sys::Reflect::get(&location, &JsValue::from_str("reload")).ok()?;
        let bound = method.unchecked_into::<js_sys::Function>().bind0(&location);
        button
            .add_event_listener_with_callback("click", &bound)
            .ok()?;
        document.body()?.append_child(&panel).ok()?;
        Some(())
    };
    // Without a document there is nobody to tell.
    let _covered = cover();
}
