package dev.tollgate.kept;

import dev.tollgate.dialect.Prompt;
import dev.tollgate.dialect.Upload;
import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.ObjectKind;
import dev.tollgate.domain.Refusal;
import dev.tollgate.ledger.NewObject.Payment;
import dev.tollgate.proxy.Catalog;
import dev.tollgate.proxy.Offers;
import dev.tollgate.proxy.Provider;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Files are free. They go to the one provider of their dialect that keeps them. */
final class UploadOffers implements Offers {
  private final String dialect;
  private final Keeper keeper;

  UploadOffers(String dialect, Keeper keeper) {
    this.dialect = dialect;
    this.keeper = keeper;
  }

  @Override
  public CompletionStage<Found> find(
      Catalog catalog, KeyRef caller, Prompt prompt, Map<String, String> pathParameters) {
    Provider provider = Providers.ofFiles(catalog, dialect);
    Upload upload = prompt.keeping().upload();
    if (provider == null || upload == null) {
      return CompletableFuture.completedFuture(
          new Found.Refused(new Refusal.NotOffered("No provider keeps files here.")));
    }
    CreationCourse course =
        new CreationCourse(
            keeper,
            ObjectKind.FILE,
            upload.purpose(),
            bought -> FileFacts.of(upload),
            new Payment.None());
    return CreationCourse.unlessTooMany(
        keeper, caller, ObjectKind.FILE, new Found.Offered(Providers.free(provider, course)));
  }
}
