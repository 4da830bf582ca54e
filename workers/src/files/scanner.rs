//! Programs that look for harmful content: any command, or a clamd that listens on a socket.

use std::{path::PathBuf, process::Stdio, str::FromStr, time::Duration};

use anyhow::{Context, bail, ensure};
use futures::{Stream, StreamExt};
use objects::ObjectError;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpStream, UnixStream},
    process::Command,
    time::timeout,
};

/// How long a scan may take.
const TIME_LIMIT: Duration = Duration::from_mins(10);
/// The longest answer that is read, in bytes.
const MAX_ANSWER: u64 = 4_096;

/// How files are scanned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scanner {
    /// A program and its arguments. It gets the file on its standard input; it ends with 0 if it finds nothing,
    /// and with 1 if it finds something, of which the last line that it prints is the reason.
    Command { program: PathBuf, arguments: Vec<String> },
    /// A clamd at `host:port`.
    ClamdTcp(String),
    /// A clamd on a socket of this machine.
    ClamdSocket(PathBuf),
}

/// `clamd://127.0.0.1:3310`, `clamd:///run/clamav/clamd.ctl`, or `/usr/bin/clamdscan --no-summary -`.
impl FromStr for Scanner {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        if let Some(address) = text.strip_prefix("clamd://") {
            ensure!(!address.is_empty(), "it names no socket");
            return Ok(if address.starts_with('/') {
                Self::ClamdSocket(address.into())
            } else {
                Self::ClamdTcp(address.to_owned())
            });
        }
        let mut words = text.split_whitespace().map(str::to_owned);
        let program = PathBuf::from(words.next().context("it names no program")?);
        ensure!(program.is_absolute(), "the program is not named by its whole path");
        Ok(Self::Command { program, arguments: words.collect() })
    }
}

/// The bytes that are scanned.
pub(super) trait ByteStream:
    Stream<Item = Result<bytes::Bytes, ObjectError>> + Send + Unpin
{
}
impl<S: Stream<Item = Result<bytes::Bytes, ObjectError>> + Send + Unpin> ByteStream for S {}

impl Scanner {
    /// What is harmful in these bytes, if anything is.
    pub(super) async fn scan(&self, bytes: impl ByteStream) -> anyhow::Result<Option<String>> {
        let scanned = async {
            match self {
                Self::Command { program, arguments } => {
                    scan_by_command(Command::new(program).args(arguments), bytes).await
                }
                Self::ClamdTcp(address) => {
                    scan_by_clamd(TcpStream::connect(address).await?, bytes).await
                }
                Self::ClamdSocket(path) => {
                    scan_by_clamd(UnixStream::connect(path).await?, bytes).await
                }
            }
        };
        timeout(TIME_LIMIT, scanned).await.context("the scanner does not answer")?
    }
}

async fn scan_by_command(
    command: &mut Command,
    mut bytes: impl ByteStream,
) -> anyhow::Result<Option<String>> {
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.kill_on_drop(true).spawn().context("the scanner does not start")?;
    let (input, output) = (child.stdin.take(), child.stdout.take());
    let (mut input, output) = (input.context("no input")?, output.context("no output")?);
    let feed = async move {
        while let Some(part) = bytes.next().await {
            // A scanner that has found something need not read on.
            if input.write_all(&part?).await.is_err() {
                break;
            }
        }
        Ok::<_, ObjectError>(())
    };
    let mut said = String::new();
    let mut output = output.take(MAX_ANSWER);
    let (fed, read) = tokio::join!(feed, output.read_to_string(&mut said));
    fed?;
    read?;
    match child.wait().await?.code() {
        Some(0) => Ok(None),
        Some(1) => Ok(Some(said.lines().last().unwrap_or("found").to_owned())),
        code => {
            bail!("the scanner failed: {}", code.map_or("killed".into(), |code| code.to_string()))
        }
    }
}

/// The command INSTREAM of clamd: the length of each part before it, and 0 at the end.
async fn scan_by_clamd(
    mut socket: impl AsyncRead + AsyncWrite + Send + Unpin,
    mut bytes: impl ByteStream,
) -> anyhow::Result<Option<String>> {
    socket.write_all(b"zINSTREAM\0").await?;
    while let Some(part) = bytes.next().await {
        let part = part?;
        socket.write_all(&u32::try_from(part.len())?.to_be_bytes()).await?;
        socket.write_all(&part).await?;
    }
    socket.write_all(&0_u32.to_be_bytes()).await?;
    let mut said = String::new();
    socket.take(MAX_ANSWER).read_to_string(&mut said).await?;
    let said = said.trim_end_matches('\0').trim();
    let verdict = said.strip_prefix("stream: ").unwrap_or(said);
    match verdict.strip_suffix(" FOUND") {
        Some(found) => Ok(Some(found.to_owned())),
        None if verdict == "OK" => Ok(None),
        None => bail!("clamd failed: {said}"),
    }
}

#[cfg(test)]
mod tests {
    use futures::stream;

    use super::*;

    fn parts(text: &str) -> impl ByteStream {
        stream::iter([Ok(bytes::Bytes::copy_from_slice(text.as_bytes()))])
    }

    #[tokio::test]
    async fn a_command_says_by_its_status_what_it_found() {
        let folder = tempfile::tempdir().unwrap();
        let script = folder.path().join("scan");
        std::fs::write(&script, "if grep -q EICAR; then echo Eicar; exit 1; fi").unwrap();
        let scanner: Scanner = format!("/bin/sh {}", script.display()).parse().unwrap();
        assert_eq!(scanner.scan(parts("EICAR")).await.unwrap().as_deref(), Some("Eicar"));
        assert_eq!(scanner.scan(parts("harmless")).await.unwrap(), None);
        let broken: Scanner = "/bin/sh /nowhere".parse().unwrap();
        assert!(broken.scan(parts("x")).await.is_err());
    }

    #[tokio::test]
    async fn clamd_gets_parts_with_their_lengths() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("clamd");
        let listener = tokio::net::UnixListener::bind(&path).unwrap();
        let clamd = tokio::spawn(async move {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut request = vec![0; 10 + 4 + 5 + 4];
            socket.read_exact(&mut request).await.unwrap();
            socket.write_all(b"stream: Eicar-Test-Signature FOUND\0").await.unwrap();
            request
        });
        let scanner: Scanner = format!("clamd://{}", path.display()).parse().unwrap();
        let found = scanner.scan(parts("EICAR")).await.unwrap();
        assert_eq!(found.as_deref(), Some("Eicar-Test-Signature"));
        assert_eq!(clamd.await.unwrap(), b"zINSTREAM\0\0\0\0\x05EICAR\0\0\0\0");
    }

    #[test]
    fn a_scanner_is_a_socket_or_a_program_by_its_path() {
        let parsed = |text: &str| text.parse::<Scanner>();
        assert_eq!(parsed("clamd://h:1").unwrap(), Scanner::ClamdTcp("h:1".into()));
        assert!(
            parsed("clamscan -").is_err() && parsed("").is_err() && parsed("clamd://").is_err()
        );
    }
}
