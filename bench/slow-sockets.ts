import { connect } from "node:net";

// Clients that never finish, in a process of their own: `node --import tsx bench/slow-sockets.ts PORT COUNT [METHOD PATH]`, with
// the method and path of a public route. A third says nothing, a third sends a byte of a header each second, a third a byte of a
// body. Anyone who is thrown out comes back.

const [port, count] = process.argv.slice(2, 4).map(Number);
const [method = "POST", path = "/open"] = process.argv.slice(4);

const OPENINGS = [
  "",
  `GET ${path} HTTP/1.1\r\nHost: localhost\r\nX-Slow: `,
  `${method} ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n`,
] as const;

function keepOpen(opening: string): void {
  const socket = connect({ port: port ?? 0, host: "127.0.0.1" });
  socket.write(opening);
  const dripping = opening === "" ? undefined : setInterval(() => socket.write("a"), 1_000);
  // Read to the end, so that the server's goodbye is seen.
  socket.resume();
  socket.on("error", () => undefined);
  socket.on("close", () => {
    clearInterval(dripping);
    setTimeout(() => keepOpen(opening), 50);
  });
}

for (let index = 0; index < (count ?? 0); index += 1) keepOpen(OPENINGS[index % OPENINGS.length] ?? "");
