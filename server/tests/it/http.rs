//! Test helpers: real server processes, and a plain HTTP client.

use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A running server; killed when it is dropped.
pub struct Process {
    pub child: Child,
    pub address: SocketAddr,
}

impl Process {
    /// Starts `xiangdan serve` on a free port and waits until it says where it listens.
    pub fn serve(data: &Path) -> Self {
        Self::serve_with(data, |command| command.env("RUST_LOG", "error"))
    }

    /// The same, set up otherwise.
    pub fn serve_with(data: &Path, set: impl FnOnce(&mut Command) -> &mut Command) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xiangdan"));
        command
            .args(["serve", "--addr", "127.0.0.1:0", "--data"])
            .arg(data)
            .env_remove("DATABASE_URL")
            .stdout(Stdio::piped());
        let mut child = set(&mut command).spawn().expect("starts");
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().expect("piped"))
            .read_line(&mut line)
            .expect("says something");
        let address = line.trim().rsplit('/').next().and_then(|a| a.parse().ok());
        Self {
            child,
            address: address.unwrap_or_else(|| panic!("no address in {line:?}")),
        }
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("ended");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// One connection that is used again and again.
pub struct Connection {
    stream: BufReader<TcpStream>,
}

impl Connection {
    pub fn open(address: SocketAddr) -> std::io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(Duration::from_secs(20)))?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream: BufReader::new(stream),
        })
    }

    pub fn post(
        &mut self,
        path: &str,
        cookie: &str,
        body: &Value,
    ) -> std::io::Result<(u16, Value)> {
        let cookie = format!("xiangdan_session={cookie}");
        Ok(self.ask(path, &cookie, &[], &body.to_string())?.json())
    }

    pub fn get(&mut self, path: &str) -> std::io::Result<(u16, Value)> {
        Ok(self.get_raw(path)?.json())
    }

    /// A GET with further headers.
    pub fn get_with(&mut self, path: &str, headers: &[(&str, &str)]) -> std::io::Result<Reply> {
        let headers: String = headers
            .iter()
            .map(|(k, v)| format!("{k}: {v}\r\n"))
            .collect();
        self.send(&format!("GET {path} HTTP/1.1\r\nHost: x\r\n{headers}\r\n"))
    }

    pub fn get_raw(&mut self, path: &str) -> std::io::Result<Reply> {
        self.send(&format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n"))
    }

    /// Posts a text, as JSON unless `headers` say otherwise.
    pub fn ask(
        &mut self,
        path: &str,
        cookie: &str,
        headers: &[(String, String)],
        body: &str,
    ) -> std::io::Result<Reply> {
        let mut head = format!("POST {path} HTTP/1.1\r\nCookie: {cookie}\r\n");
        if !headers.iter().any(|(name, _)| name == "host") {
            head += "Host: x\r\n";
        }
        if !headers.iter().any(|(name, _)| name == "content-type") {
            head += "Content-Type: application/json\r\n";
        }
        for (name, value) in headers {
            head += &format!("{name}: {value}\r\n");
        }
        head += &format!("Content-Length: {}\r\n\r\n", body.len());
        self.send(&(head + body))
    }

    fn send(&mut self, request: &str) -> std::io::Result<Reply> {
        self.stream.get_mut().write_all(request.as_bytes())?;
        let (status, headers) = head(&mut self.stream)?;
        let mut reply = Reply {
            status,
            headers,
            body: Vec::new(),
        };
        let length = reply.header("content-length").and_then(|v| v.parse().ok());
        reply.body.resize(length.unwrap_or(0), 0);
        self.stream.read_exact(&mut reply.body)?;
        Ok(reply)
    }
}

/// The status and the headers of an answer.
fn head(stream: &mut BufReader<TcpStream>) -> std::io::Result<(u16, Vec<(String, String)>)> {
    let cut = || std::io::Error::from(std::io::ErrorKind::UnexpectedEof);
    let mut line = String::new();
    stream.read_line(&mut line)?;
    let status = line.split(' ').nth(1).and_then(|s| s.parse().ok());
    let mut headers = Vec::new();
    loop {
        line.clear();
        if stream.read_line(&mut line)? == 0 {
            return Err(cut());
        }
        let Some((name, value)) = line.trim().split_once(':') else {
            return Ok((status.ok_or_else(cut)?, headers));
        };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
}

/// An answer.
pub struct Reply {
    pub status: u16,
    headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(n, _)| n == name);
        found.map(|(_, value)| value.as_str())
    }

    fn json(self) -> (u16, Value) {
        let body = serde_json::from_slice(&self.body).unwrap_or(Value::Null);
        (self.status, body)
    }
}

/// A stream of server-sent events, read as text.
pub struct Stream(BufReader<TcpStream>);

impl Stream {
    pub fn open(address: SocketAddr, path: &str, cookie: &str) -> std::io::Result<Self> {
        let mut connection = Connection::open(address)?;
        let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nCookie: {cookie}\r\n\r\n");
        connection.stream.get_mut().write_all(request.as_bytes())?;
        let (status, headers) = head(&mut connection.stream)?;
        let events = ("content-type".to_owned(), "text/event-stream".to_owned());
        assert!(status == 200 && headers.contains(&events), "{headers:?}");
        Ok(Self(connection.stream))
    }

    /// Whether nothing comes any more but the end: the last, empty piece, or a connection that is closed.
    pub fn ends(mut self) -> bool {
        loop {
            let mut line = String::new();
            match self.0.read_line(&mut line) {
                Ok(0) => return true,
                Ok(_) if line.trim_end() == "0" => return true,
                Ok(_) if !line.starts_with("event:") => {}
                Ok(_) | Err(_) => return false,
            }
        }
    }

    /// The next event, up to its empty line. Comments, which keep the connection open, are left out, and so are the lengths
    /// between which HTTP sends a stream in pieces.
    pub fn next(mut self) -> (Self, String) {
        let mut event = String::new();
        loop {
            let mut line = String::new();
            self.0.read_line(&mut line).expect("an event");
            let is_length = line.ends_with("\r\n");
            match line.trim_end() {
                "" if !is_length && !event.is_empty() => return (self, event),
                text if is_length || text.is_empty() || text.starts_with(':') => {}
                text => event += &format!("{text}\n"),
            }
        }
    }
}
