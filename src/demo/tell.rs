//! What the demo prints: a few lines that a person enjoys reading.

use std::io::{IsTerminal, Write};

/// A new chapter.
pub(super) fn chapter(title: &str) {
    println!("\n\u{25b8} {title}");
}

/// Something that was done.
pub(super) fn done(text: &str) {
    println!("  \u{2713} {text}");
}

/// A line below it.
pub(super) fn detail(text: &str) {
    println!("      {text}");
}

/// The story ended early.
pub(super) fn failed(error: &anyhow::Error) {
    println!("  \u{2717} {error:#}");
}

/// A bar that is drawn over itself on a terminal, and once, when full, elsewhere.
pub(super) fn progress(label: &str, done: i64, total: i64, ended: bool) {
    const WIDTH: i64 = 28;
    let total = total.max(done).max(1);
    let filled = if ended {
        WIDTH
    } else {
        (done * WIDTH / total).clamp(0, WIDTH)
    };
    let bar: String = (0..WIDTH)
        .map(|place| if place < filled { '\u{2588}' } else { '\u{2591}' })
        .collect();
    if std::io::stdout().is_terminal() {
        print!("\r  {label} {bar} {done}/{total} ");
        if ended {
            println!();
        }
    } else if ended {
        println!("  {label} {bar} {done}/{total}");
    }
    let _ = std::io::stdout().flush();
}

/// Where things are, and how to sign in.
pub(super) fn addresses(api: &str, control: &str, email: &str, password: &str) {
    println!("\nStill running. Ctrl-C ends it.");
    println!("  console with ready-made queries  http://{api}/");
    println!("  GraphiQL                         http://{api}/graphql");
    println!("  health                           http://{api}/health/ready");
    println!("  the shops' truth and faults      {control}/truth/magazord");
    println!("  sign in as {email} with password {password} (mutation signIn),");
    println!("  then send the access token as 'Authorization: Bearer …'");
}
