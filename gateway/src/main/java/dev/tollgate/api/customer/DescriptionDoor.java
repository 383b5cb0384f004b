package dev.tollgate.api.customer;

import dev.tollgate.http.Reply;
import dev.tollgate.http.ServerRequest;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** {@code GET /openapi.yaml}: the description of the public port, to anybody. */
public final class DescriptionDoor {
  private static final String FILE = "/api/openapi.yaml";

  private final byte[] description;

  private DescriptionDoor(byte[] description) {
    this.description = description;
  }

  /** Reads it from the jar. */
  public static DescriptionDoor open() {
    try (InputStream file = DescriptionDoor.class.getResourceAsStream(FILE)) {
      if (file == null) {
        throw new IllegalStateException("not packed with it: " + FILE);
      }
      return new DescriptionDoor(file.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public CompletionStage<Reply> show(ServerRequest request) {
    return CompletableFuture.completedFuture(Reply.of(200, "application/yaml", description));
  }
}
