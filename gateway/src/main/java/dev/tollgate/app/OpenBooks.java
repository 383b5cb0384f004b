package dev.tollgate.app;

import dev.tollgate.archive.Books;
import dev.tollgate.archive.CatchUp;
import java.util.concurrent.CompletableFuture;

/**
 * The archive as the account API reads it: opened, filled and closed by whoever starts a gateway.
 */
record OpenBooks(Books books, CatchUp catchUp) {
  /** Without an archive: what reads in the books is told that they are away. */
  static OpenBooks none() {
    return new OpenBooks(new NoBooks(), account -> CompletableFuture.completedFuture(true));
  }
}
