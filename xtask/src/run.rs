//! Running programs, and saying what runs.

use std::ffi::{OsStr, OsString};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};

/// The folder of the repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("xtask stands in the repository")
}

/// Says that `what` begins, does it, and says how long it took.
pub fn step<T>(what: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    eprintln!("» {what} …");
    let since = Instant::now();
    let done = work().with_context(|| format!("{what} failed"))?;
    eprintln!("» {what} … done in {} s", since.elapsed().as_secs());
    Ok(done)
}

/// A program to run in the folder of the repository.
#[derive(Debug)]
pub struct Run(Command);

impl Run {
    /// The program alone.
    pub fn new(program: impl AsRef<OsStr>) -> Self {
        let mut command = Command::new(program);
        command.current_dir(root()).stdin(Stdio::null());
        Self(command)
    }

    /// The cargo that runs us, without what it told us about this package: build scripts look at
    /// those variables and would run again.
    pub fn cargo() -> Self {
        let mut run = Self::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        for (name, _) in std::env::vars_os() {
            let told = name.to_string_lossy();
            if told.starts_with("CARGO_PKG_") || told.starts_with("CARGO_MANIFEST_") {
                run.0.env_remove(name);
            }
        }
        run
    }

    /// One more argument.
    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.0.arg(arg);
        self
    }

    /// More arguments.
    pub fn args(mut self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        self.0.args(args);
        self
    }

    /// A variable of its environment.
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.0.env(name, value);
        self
    }

    /// Another folder than the repository's.
    pub fn within(mut self, folder: &Path) -> Self {
        self.0.current_dir(folder);
        self
    }

    /// As the one who types would write it.
    fn line(&self) -> String {
        let words = std::iter::once(self.0.get_program()).chain(self.0.get_args());
        let words: Vec<_> = words.map(OsStr::to_string_lossy).collect();
        words.join(" ")
    }

    /// Runs it, showing what it says.
    ///
    /// # Errors
    /// It cannot be started, or does not end well.
    pub fn run(mut self) -> Result<()> {
        let line = self.line();
        let status = self
            .0
            .status()
            .with_context(|| format!("`{line}` cannot be started"))?;
        if !status.success() {
            bail!("`{line}` ended with {status}");
        }
        Ok(())
    }

    /// Runs it and gives what it writes to its standard output; its errors are shown.
    ///
    /// # Errors
    /// As [`Run::run`].
    pub fn output(mut self) -> Result<Vec<u8>> {
        let line = self.line();
        self.0.stderr(Stdio::inherit());
        let out = self
            .0
            .output()
            .with_context(|| format!("`{line}` cannot be started"))?;
        if !out.status.success() {
            bail!("`{line}` ended with {}", out.status);
        }
        Ok(out.stdout)
    }

    /// What it says when asked quietly; nothing when it is not there or does not end well.
    pub fn says(mut self) -> Option<String> {
        let out = self.0.stderr(Stdio::null()).output().ok()?;
        out.status
            .success()
            .then(|| String::from_utf8_lossy(&out.stdout).trim().to_owned())
    }

    /// Becomes the program, so that Ctrl-C and the terminal are its own.
    ///
    /// # Errors
    /// It cannot be started; otherwise this does not return.
    pub fn replace(mut self) -> Result<()> {
        let line = self.line();
        let error = self.0.stdin(Stdio::inherit()).exec();
        Err(error).with_context(|| format!("`{line}` cannot be started"))
    }
}

/// A program on the path.
pub fn on_the_path(program: &str) -> Option<OsString> {
    let path = std::env::var_os("PATH")?;
    let found = std::env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|p| p.is_file());
    found.map(Into::into)
}
