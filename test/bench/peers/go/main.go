// The Go port of socket.io on net/http.
package main

import (
	"log"
	"net/http"
	"os"

	"github.com/zishang520/socket.io/v2/socket"
)

func main() {
	io := socket.NewServer(nil, nil)
	io.On("connection", func(clients ...any) {
		client := clients[0].(*socket.Socket)
		client.On("echo", func(values ...any) {
			client.Emit("echo", values...)
		})
		client.On("ack", func(values ...any) {
			last := len(values) - 1
			values[last].(socket.Ack)(values[:last], nil)
		})
		client.On("pub", func(values ...any) {
			io.Emit("news", values...)
		})
		client.On("join", func(values ...any) {
			client.Join(socket.Room(values[0].(string)))
		})
	})

	http.Handle("/socket.io/", io.ServeHandler(nil))
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), nil))
}
