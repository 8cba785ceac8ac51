//! The alert that a command was not stored, and why.

use sync::engine::SubmitError;
use sync::ports::StoreError;

/// The alert that a command was not stored, why, and what to do. The form stays open with everything in it.
#[must_use]
pub fn sentence(error: &SubmitError) -> String {
    match error {
        SubmitError::Rejected(rejection) => rejection.sentence(),
        SubmitError::Newer(_) => {
            "没有存下来：这条内容是新版乡单写的，请先更新乡单再办。填的内容还在这里。".to_owned()
        }
        SubmitError::Store(StoreError::Quota) => {
            "没有存下来：手机的存储空间满了。请删掉一些不用的东西，再点一次。".to_owned()
        }
        SubmitError::Store(StoreError::Lost) => {
            "没有存下来：浏览器清掉了乡单存在这台设备上的内容，又不让重新存。填的内容还在这里，请先抄下来，再重新打开乡单。"
                .to_owned()
        }
        SubmitError::Store(_) => {
            "没有存下来，填的内容还在这里。请再点一次；还不行，就关掉其他乡单页面再试。".to_owned()
        }
    }
}
