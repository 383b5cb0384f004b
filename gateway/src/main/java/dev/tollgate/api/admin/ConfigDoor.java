package dev.tollgate.api.admin;

import dev.tollgate.http.Json;
import dev.tollgate.http.Query;
import dev.tollgate.http.Reply;
import dev.tollgate.http.ServerRequest;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/** {@code /admin/v1/config} and {@code /admin/v1/reload}: which configuration is in force. */
public final class ConfigDoor {
  private final Supplier<Map<String, ?>> document;
  private final Runnable reload;
  private final Executor offLoop;

  /**
   * @param document what is in force and how the last reload went, without secrets
   * @param reload reads the files again; blocks
   * @param offLoop runs it
   */
  public ConfigDoor(Supplier<Map<String, ?>> document, Runnable reload, Executor offLoop) {
    this.document = document;
    this.reload = reload;
    this.offLoop = offLoop;
  }

  public CompletionStage<Reply> show(ServerRequest request, Query query, byte[] body) {
    return CompletableFuture.completedFuture(Json.reply(200, document.get()));
  }

  /** Answers when the files have been read: 422 with their faults when they were not valid. */
  public CompletionStage<Reply> reload(ServerRequest request, Query query, byte[] body) {
    return CompletableFuture.runAsync(reload, offLoop)
        .thenApply(
            done -> {
              Map<String, ?> after = document.get();
              return Json.reply("rejected".equals(after.get("last_reload")) ? 422 : 200, after);
            });
  }
}
