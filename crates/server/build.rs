//! The web faces are embedded from `web/dist`. Where they have not been built, a page that says so
//! stands in their place, so that the server builds without Node.

use std::path::Path;

const NOT_BUILT: &str = "<!doctype html><meta charset=utf-8><title>Gridwork 格务</title>\
<p>网页尚未构建，请运行 cargo xtask demo。 / This face has not been built; run cargo xtask demo.</p>";

fn main() {
    let dist = Path::new("../../web/dist");
    for face in ["citizen", "desk", "field"] {
        let folder = dist.join(face);
        let page = folder.join("index.html");
        if !page.exists() {
            std::fs::create_dir_all(&folder).expect("web/dist can be made");
            std::fs::write(&page, NOT_BUILT).expect("web/dist can be written");
        }
    }
    println!("cargo:rerun-if-changed={}", dist.display());
}
