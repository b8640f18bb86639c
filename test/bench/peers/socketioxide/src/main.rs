//! socketioxide on hyper, on one thread, since the benchmark gives each server one core.

use std::error::Error;

use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use rmpv::Value;
use socketioxide::extract::{AckSender, Data, SocketRef};
use socketioxide::SocketIo;
use tokio::net::TcpListener;

async fn on_connect(socket: SocketRef) {
    socket.on("echo", async |socket: SocketRef, Data::<Value>(value)| {
        socket.emit("echo", &value).ok();
    });
    socket.on("ack", async |ack: AckSender, Data::<Value>(value)| {
        ack.send(&value).ok();
    });
    socket.on("pub", async |io: SocketIo, Data::<Value>(value)| {
        io.emit("news", &value).await.ok();
    });
    socket.on("join", async |socket: SocketRef, Data::<String>(room)| {
        socket.join(room);
    });
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let (service, io) = SocketIo::new_svc();
    io.ns("/", on_connect);

    let port = std::env::var("PORT")?.parse::<u16>()?;
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let connection = http1::Builder::new()
            .serve_connection(TokioIo::new(stream), service.clone())
            .with_upgrades();
        tokio::spawn(connection);
    }
}
