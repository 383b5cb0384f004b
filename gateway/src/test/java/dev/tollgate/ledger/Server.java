package dev.tollgate.ledger;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The redis-server process of a data directory, and signals to it. */
record Server(ProcessHandle process) {
  static Server of(Path dataDirectory) throws IOException {
    Path pidFile = dataDirectory.resolve("redis").resolve("redis.pid");
    long pid = Long.parseLong(Files.readString(pidFile).strip());
    return new Server(ProcessHandle.of(pid).orElseThrow());
  }

  void signal(String signal) throws IOException, InterruptedException {
    int status =
        new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid()))
            .inheritIO()
            .start()
            .waitFor();
    if (status != 0) {
      throw new IllegalStateException("cannot send " + signal);
    }
  }

  void awaitEnd() {
    Eventually.until("redis-server ends", () -> !isAlive());
  }

  /** One that has ended but was not fetched by its parent has an id, but no program. */
  boolean isAlive() {
    return process.isAlive() && process.info().command().isPresent();
  }
}
