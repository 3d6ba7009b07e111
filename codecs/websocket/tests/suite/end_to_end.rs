//! The asynchronous half of the other implementation, through a whole connection: handshake, messages both ways,
//! Ping and Close.

use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::client::Request as ClientRequest;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode as TheirCode;
use tokio_tungstenite::tungstenite::{Error, Message};
use websocket_codec::{Control, Decoder, Kind, Parsed, Refusal, Request, Rules, encode};

use crate::upgrade::policy;

/// Bytes of a read.
const READ: usize = 7;

/// What a driver does: lets the client in, and sends all bytes back.
async fn serve(mut socket: DuplexStream) -> Result<String, Refusal> {
    let mut input = Vec::new();
    let (request, consumed) = loop {
        match Request::parse(&input) {
            Parsed::NeedMore => assert_ne!(socket.read_buf(&mut input).await.unwrap(), 0),
            Parsed::Request { request, consumed } => break (request, consumed),
            Parsed::Refused(refusal) => return refuse(&mut socket, refusal).await,
        }
    };
    let policy = policy();
    let protocol = match request.accept(&policy) {
        Ok(accepted) => {
            socket.write_all(&accepted.response).await.unwrap();
            accepted.protocol.unwrap_or_default().to_owned()
        }
        Err(refusal) => return refuse(&mut socket, refusal).await,
    };
    input.drain(..consumed);
    let mut decoder = Decoder::new();
    loop {
        let output = echo(&mut decoder, &mut input);
        socket.write_all(&output).await.unwrap();
        if decoder.is_finished() {
            return Ok(protocol);
        }
        input.resize(READ, 0);
        let read = socket.read(&mut input).await.unwrap();
        assert_ne!(read, 0, "the client left without a Close");
        input.truncate(read);
    }
}

/// Answers a read: payload first, then control frames.
fn echo(decoder: &mut Decoder, input: &mut [u8]) -> Vec<u8> {
    let mut replies = Vec::new();
    let unframed =
        decoder.unframe(&Rules::default(), input, |control: Control<'_>| control.reply(&mut replies));
    let mut output = Vec::new();
    let payload = &input[..unframed.len];
    if !payload.is_empty() {
        output.extend(encode::head(Kind::Binary, payload.len()).as_bytes());
        output.extend(payload);
    }
    output.append(&mut replies);
    if let Some(error) = unframed.error {
        error.close(&mut output);
    }
    output
}

async fn refuse(socket: &mut DuplexStream, refusal: Refusal) -> Result<String, Refusal> {
    socket.write_all(&refusal.response()).await.unwrap();
    Err(refusal)
}

fn request(origin: &'static str) -> ClientRequest {
    let mut request = "ws://broker.example/mqtt".into_client_request().unwrap();
    let fields = [("Sec-WebSocket-Protocol", "mqtt"), ("Origin", origin)];
    for (name, value) in fields {
        request.headers_mut().insert(name, value.parse().unwrap());
    }
    request
}

/// Runs both ends on one thread.
fn run<T>(client: impl AsyncFnOnce(DuplexStream) -> T) -> (T, Result<String, Refusal>) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let (ours, theirs) = tokio::io::duplex(64);
        futures_util::future::join(client(theirs), serve(ours)).await
    })
}

#[test]
fn a_connection_from_handshake_to_close() {
    let messages = [vec![1; 3], Vec::new(), vec![2; 130], vec![3; 70_000]];
    let expected = messages.concat();
    let client = async |socket| {
        let (client, response) = client_async(request("https://console.example"), socket).await.unwrap();
        assert_eq!(response.headers()["sec-websocket-protocol"], "mqtt");
        let (mut sink, mut stream) = client.split();
        let send = async {
            for message in messages {
                sink.send(Message::binary(message)).await.unwrap();
            }
            sink.send(Message::Ping("alive?".into())).await.unwrap();
            sink.close().await.unwrap();
        };
        let receive = async {
            let (mut got, mut pongs) = (Vec::new(), Vec::new());
            while let Some(message) = stream.next().await {
                match message.unwrap() {
                    Message::Binary(bytes) => got.extend(bytes),
                    Message::Pong(payload) => pongs.push(payload),
                    Message::Close(_) => {}
                    other => panic!("{other}"),
                }
            }
            (got, pongs)
        };
        futures_util::future::join(send, receive).await.1
    };
    let ((got, pongs), served) = run(client);
    assert_eq!(served, Ok("mqtt".to_owned()));
    assert!(got == expected, "{} bytes came back of {}", got.len(), expected.len());
    assert_eq!(pongs, ["alive?"]);
}

#[test]
fn a_text_is_refused_with_its_code() {
    let client = async |socket| {
        let (mut client, _) = client_async(request("https://console.example"), socket).await.unwrap();
        client.send(Message::text("hello")).await.unwrap();
        match client.next().await {
            Some(Ok(Message::Close(Some(close)))) => close,
            other => panic!("{other:?}"),
        }
    };
    let (close, _) = run(client);
    assert_eq!(
        (close.code, close.reason.as_str()),
        (TheirCode::Unsupported, "text frames are not taken here")
    );
}

#[test]
fn a_page_of_another_origin_gets_an_http_answer() {
    let client = async |socket| client_async(request("https://evil.example"), socket).await.map(drop);
    let (result, served) = run(client);
    assert_eq!(served, Err(Refusal::Origin));
    match result {
        Err(Error::Http(response)) => assert_eq!(response.status(), 403),
        other => panic!("{other:?}"),
    }
}
