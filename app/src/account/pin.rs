//! The PIN of this person on this device: setting it, taking it off, locking at once.

use crate::app::SignedIn;
use crate::desk::{Desk, use_desk};
use crate::device::clock::random_bytes;
use crate::device::http::call;
use crate::sign_in::people;
use crate::ui::sheet::Sheet;
use crate::ui::steady::{Act, steady};
use api::accounts::{DataKeyAnswer, DataKeyRequest};
use api::{ApiError, DATA_KEY_PATH};
use domain::accounts::pin::{self, PinFault};
use leptos::prelude::*;
use leptos::task::spawn_local;
use store::pin::State;
use sync::ports::StoreError;

/// Why a PIN is not set, in words.
async fn set(desk: Desk, signed_in: SignedIn, password: String, pin: String) -> Result<(), String> {
    let user = desk.actor().user;
    let scope = desk.scope();
    let storage = |error| match error {
        StoreError::Conflict => CHANGED_ELSEWHERE.to_owned(),
        _ => {
            "这个浏览器不让网页存放钥匙（无痕浏览、锁定模式都会这样），没有设成。资料还和原来一样。"
                .to_owned()
        }
    };
    // What is left of a PIN that was being taken off needs its key until the last value is opened.
    desk.finish_unsealing().await.map_err(storage)?;
    let device = match store::pin::state(&scope).await.map_err(storage)? {
        State::On { device } | State::Gone { device } => device,
        State::Off => random_bytes().iter().map(|b| format!("{b:02x}")).collect(),
    };
    let request = DataKeyRequest {
        user,
        device: device.clone(),
        password,
    };
    let answer: Result<DataKeyAnswer, ApiError> = call(DATA_KEY_PATH, &request).await;
    let answer = answer.map_err(|error| match error {
        ApiError::Offline { .. } => "设 PIN 要有网络，现在连不上服务器。".to_owned(),
        ApiError::WrongCredentials => "密码不对。".to_owned(),
        error => format!("{}{}", error.message(), error.action()),
    })?;
    let key = answer
        .bytes()
        .ok_or("服务器给的钥匙读不出来，请再试一次。")?;
    let cipher = store::pin::set(&scope, &device, &pin, &key)
        .await
        .map_err(storage)?;
    people::note_pin(user, Some(desk.actor()));
    // Other tabs of this person stop before anything is sealed.
    signed_in.tell_pin_changed();
    desk.seal(cipher).await.map_err(|error| match error {
        StoreError::Conflict => {
            people::note_pin(user, None);
            CHANGED_ELSEWHERE.to_owned()
        }
        _ => "PIN 设好了，但还有一部分内容没有加密完，下次打开会接着做。".to_owned(),
    })
}

/// Another tab has set or taken off a PIN meanwhile.
const CHANGED_ELSEWHERE: &str =
    "另一个乡单窗口刚刚也在改 PIN，这里没有改成，内容都还在。请关掉其他乡单窗口，重新打开再试。";

/// The PIN among the settings.
#[component]
pub fn PinCard() -> impl IntoView {
    let desk = use_desk();
    let signed_in = expect_context::<SignedIn>();
    let on = RwSignal::new(desk.seals());
    let setting = RwSignal::new(false);
    let leaving = RwSignal::new(false);
    let trouble = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);
    let password = RwSignal::new(String::new());
    let first = RwSignal::new(String::new());
    let second = RwSignal::new(String::new());
    let still = steady(move || {
        setting.track();
        leaving.track();
    });
    let ready = Signal::derive(move || still.get() && !busy.get());
    let ask = move |open: RwSignal<bool>| {
        trouble.set(None);
        for field in [password, first, second] {
            field.set(String::new());
        }
        open.set(true);
    };
    let set_it = move |()| {
        let pin = match first.with_untracked(|typed| pin::check(typed)) {
            Ok(pin) => pin,
            Err(fault @ (PinFault::Digits | PinFault::Common)) => {
                trouble.set(Some(format!("{fault}。")));
                return;
            }
        };
        if second.with_untracked(|typed| pin::read(typed)) != Some(pin.clone()) {
            trouble.set(Some("两次写的 PIN 不一样。".to_owned()));
            return;
        }
        let secret = password.get_untracked();
        if secret.is_empty() {
            trouble.set(Some("请写登录密码。".to_owned()));
            return;
        }
        trouble.set(None);
        busy.set(true);
        spawn_local(async move {
            match set(desk, signed_in, secret, pin).await {
                Ok(()) => {
                    on.try_set(true);
                    setting.try_set(false);
                    signed_in.tell_pin_changed();
                }
                Err(words) => {
                    on.try_set(desk.seals());
                    trouble.try_set(Some(words));
                }
            }
            busy.try_set(false);
        });
    };
    let take_off = move |()| {
        busy.set(true);
        // Other tabs of this person stop before anything is unsealed; what one of them still writes is not sealed any more.
        signed_in.tell_pin_changed();
        spawn_local(async move {
            match desk.unseal().await {
                Ok(()) => {
                    people::note_pin(desk.actor().user, None);
                    on.try_set(false);
                    leaving.try_set(false);
                    signed_in.tell_pin_changed();
                }
                Err(StoreError::Conflict) => {
                    trouble.try_set(Some(CHANGED_ELSEWHERE.to_owned()));
                }
                Err(_) => {
                    trouble.try_set(Some(
                        "没有做完，内容都还在。请关掉其他乡单页面，重新打开会接着做。".to_owned(),
                    ));
                }
            }
            busy.try_set(false);
        });
    };
    let field =
        move |id: &'static str, label: &'static str, value: RwSignal<String>, digits: bool| {
            view! {
                <div class="field">
                    <label for=id>{label}</label>
                    <input
                        class="input" id=id type="password"
                        autocomplete=if digits { "off" } else { "current-password" }
                        inputmode=digits.then_some("numeric") maxlength=digits.then_some("6")
                        prop:value=move || value.get()
                        on:input:target=move |event| value.set(event.target().value())
                    />
                </div>
            }
        };
    let shown = move || {
        if on.get() {
            view! {
                <p>"已经设了 PIN：存在这台设备上的内容是加密的，打开要输 PIN，没有网也能开。离开 5 分钟自动锁上。"</p>
                <div class="btn-row">
                    <button class="btn is-quiet" on:click=move |_| signed_in.lock()>"马上锁上"</button>
                    <button class="btn is-quiet" on:click=move |_| ask(setting)>"换 PIN"</button>
                    <button class="btn is-quiet" on:click=move |_| ask(leaving)>"不用 PIN 了"</button>
                </div>
            }
            .into_any()
        } else {
            view! {
                <p>"几个人用一部手机，或怕别人随手翻看，可以设一个 PIN：存的内容会加密，没有网也能用 PIN 打开。不设也能用。"</p>
                <button class="btn is-quiet" on:click=move |_| ask(setting)>"设 PIN"</button>
            }
            .into_any()
        }
    };
    view! {
        <section class="card" aria-label="PIN">
            <h2>"PIN"</h2>
            {shown}
        </section>
        <Sheet open=setting title="设 6 位 PIN">
            <p>"挡得住随手翻看的人。"<b>"挡不住"</b>"懂行的人把手机拿走慢慢试：6 位数字终究试得完。没锁的时候，谁拿着都能看。"</p>
            <p class="meta">"手机丢了：在别的设备上到“登录的设备”里让它退出，再请上一级重开邀请条。输错 10 次 PIN 作废，有网时用密码登录就能恢复，没发出的内容不会丢。"</p>
            {field("pin-password", "登录密码", password, false)}
            {field("pin-first", "6 位 PIN", first, true)}
            {field("pin-second", "再写一遍", second, true)}
            <p class="error" role="alert">{move || trouble.get()}</p>
            <div class="btn-row">
                <Act class="btn is-main" ready=ready on_press=set_it>{move || if busy.get() { "正在加密…" } else { "设好" }}</Act>
                <button class="btn is-quiet" on:click=move |_| setting.set(false)>"先不设"</button>
            </div>
        </Sheet>
        <Sheet open=leaving title="不用 PIN 了？">
            <p>"存在这台设备上的内容会变回不加密。没有网络时，换人以后就要等有网才能再进来。"</p>
            <p class="error" role="alert">{move || trouble.get()}</p>
            <div class="btn-row">
                <Act class="btn is-alert" ready=ready on_press=take_off>{move || if busy.get() { "正在解密…" } else { "不用了" }}</Act>
                <button class="btn is-quiet" on:click=move |_| leaving.set(false)>"还是留着"</button>
            </div>
        </Sheet>
    }
}
