//! The gateway into a stack's networks: connects to addresses that it is told, on behalf of the process
//! on the other side of a Unix socket.
//!
//! A connection to the socket begins with one line:
//!
//! - `dial ADDRESS PORT`: the answer is one line, `ok`, `refused`, `unreachable`, `timeout` or
//!   `bad WORDS`. After `ok` the bytes of both connections are passed on.
//! - `decoy ADDRESS PORT,PORT…`: from now on it answers on these ports of its own address as the
//!   container of another stack would; the answer is `ok` or `bad WORDS`.
//!
//! It resolves no names and decides nothing: which addresses may be dialled is decided on the other side
//! of the socket, which only its owner can reach. Standard library only: it is compiled by `rustc` in the
//! image's build and by cargo in the tests of the workspace.

use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{IpAddr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

/// Longest request line in bytes.
const LINE: u64 = 4096;
/// How long a connection may take to open.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long the decoy listens to a caller before it answers.
const EAR: Duration = Duration::from_millis(200);
/// What the decoy answers, in HTTP: for every other protocol it is nonsense, as what another stack's
/// server would say mostly is.
const DECOY: &str = "HTTP/1.1 421 Misdirected Request\r\nContent-Type: text/plain\r\n\
    Content-Length: 110\r\nConnection: close\r\n\r\n\
    cc-ci: this is a container of another stack; on a network that stacks share, \
    the name you called is not yours\n";

/// Serves the socket whose path is the only argument, until it is killed.
pub fn main() -> ExitCode {
    let Some(path) = std::env::args_os().nth(1) else {
        eprintln!("usage: gateway SOCKET");
        return ExitCode::from(2);
    };
    match open(Path::new(&path)) {
        Ok(listener) => serve(&listener),
        Err(error) => {
            eprintln!("{}: {error}", Path::new(&path).display());
            ExitCode::FAILURE
        }
    }
}

/// Listens on `path`. The folder keeps others out; within it the owner need not be the user that this
/// process runs as.
pub fn open(path: &Path) -> io::Result<UnixListener> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(path)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o666))?;
    Ok(listener)
}

/// Answers every connection in a thread of its own.
pub fn serve(listener: &UnixListener) -> ! {
    loop {
        match listener.accept() {
            Ok((stream, _)) => {
                thread::spawn(move || {
                    // A caller that has gone hears no answer.
                    let _ = answer(stream);
                });
            }
            // Out of descriptors for a moment.
            Err(_) => thread::sleep(Duration::from_millis(50)),
        }
    }
}

/// One request.
enum Request {
    Dial(SocketAddr),
    Decoy(Vec<SocketAddr>),
}

fn answer(mut stream: UnixStream) -> io::Result<()> {
    match read(&stream) {
        Ok(Request::Dial(address)) => match TcpStream::connect_timeout(&address, PATIENCE) {
            Ok(app) => {
                stream.write_all(b"ok\n")?;
                splice(stream, app)
            }
            Err(error) => stream.write_all(word(&error).as_bytes()),
        },
        Ok(Request::Decoy(addresses)) => match decoy(&addresses) {
            Ok(()) => stream.write_all(b"ok\n"),
            Err(error) => stream.write_all(format!("bad {error}\n").as_bytes()),
        },
        Err(words) => stream.write_all(format!("bad {words}\n").as_bytes()),
    }
}

/// Reads byte by byte: what follows the line is for the app.
fn read(stream: &UnixStream) -> Result<Request, String> {
    let mut line = Vec::new();
    let mut reader = BufReader::with_capacity(1, stream).take(LINE);
    reader.read_until(b'\n', &mut line).map_err(|error| error.to_string())?;
    let line = String::from_utf8(line).map_err(|error| error.to_string())?;
    let words: Vec<&str> = line.split_ascii_whitespace().collect();
    let [verb, address, ports] = words[..] else { return Err("three words are expected".into()) };
    let address: IpAddr = address.parse().map_err(|_| format!("{address} is no address"))?;
    let mut addresses = Vec::new();
    for port in ports.split(',') {
        let port = port.parse().map_err(|_| format!("{port} is no port"))?;
        addresses.push(SocketAddr::new(address, port));
    }
    match (verb, addresses.as_slice()) {
        ("dial", [address]) => Ok(Request::Dial(*address)),
        ("decoy", _) => Ok(Request::Decoy(addresses)),
        _ => Err(format!("{verb} is not known")),
    }
}

fn word(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::ConnectionRefused => "refused\n".into(),
        ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => "unreachable\n".into(),
        ErrorKind::TimedOut | ErrorKind::WouldBlock => "timeout\n".into(),
        _ => format!("bad {error}\n"),
    }
}

/// Passes bytes on in both directions until both have ended.
fn splice(caller: UnixStream, app: TcpStream) -> io::Result<()> {
    // Probes say little and wait for the answer: no packet waits for the one before it.
    app.set_nodelay(true)?;
    let (mut from_caller, mut to_app) = (caller.try_clone()?, app.try_clone()?);
    let there = thread::spawn(move || {
        let _ = io::copy(&mut from_caller, &mut to_app);
        let _ = to_app.shutdown(Shutdown::Write);
    });
    let (mut from_app, mut to_caller) = (app, caller);
    let copied = io::copy(&mut from_app, &mut to_caller);
    let _ = to_caller.shutdown(Shutdown::Write);
    if copied.is_err() {
        // The caller does not read any more, or the app has broken off: nothing can be answered.
        let _ = to_caller.shutdown(Shutdown::Both);
        let _ = from_app.shutdown(Shutdown::Both);
    }
    let _ = there.join();
    Ok(())
}

/// Answers on `addresses`, each in one thread: callers wait in line, so that they cannot fill memory.
fn decoy(addresses: &[SocketAddr]) -> io::Result<()> {
    let mut listeners = Vec::new();
    for address in addresses {
        listeners.push(TcpListener::bind(address)?);
    }
    for listener in listeners {
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let _ = misdirect(stream);
            }
        });
    }
    Ok(())
}

fn misdirect(mut stream: TcpStream) -> io::Result<()> {
    stream.set_read_timeout(Some(EAR))?;
    stream.set_write_timeout(Some(EAR))?;
    // Bytes that were not read would turn the end into a reset, and the answer would be lost.
    let _ = stream.read(&mut [0; 4096]);
    stream.write_all(DECOY.as_bytes())
}
