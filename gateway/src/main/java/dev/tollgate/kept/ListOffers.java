package dev.tollgate.kept;

import dev.tollgate.dialect.Dialect;
import dev.tollgate.dialect.Endpoint;
import dev.tollgate.dialect.ListQuery;
import dev.tollgate.dialect.ObjectAct;
import dev.tollgate.dialect.ObjectAct.Verb;
import dev.tollgate.dialect.Prompt;
import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.ObjectKind;
import dev.tollgate.domain.Refusal;
import dev.tollgate.ledger.KeptObject;
import dev.tollgate.ledger.KeptObjects.Page;
import dev.tollgate.ledger.KeptObjects.PageRequest;
import dev.tollgate.proxy.Catalog;
import dev.tollgate.proxy.Offers;
import dev.tollgate.proxy.Provider;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Lists: the provider's would show what all customers have, so the ledger says which objects a page
 * has, and the provider is asked for each of them.
 */
final class ListOffers implements Offers {
  private static final int LIMIT = 20;

  private final ObjectKind kind;
  private final Dialect dialect;
  private final Endpoint polling;
  private final Keeper keeper;

  ListOffers(ObjectKind kind, Dialect dialect, Keeper keeper) {
    this.kind = kind;
    this.dialect = dialect;
    this.keeper = keeper;
    this.polling =
        dialect.endpoints().stream()
            .filter(endpoint -> new ObjectAct(kind, Verb.POLL).equals(endpoint.objectAct()))
            .findFirst()
            .orElseThrow();
  }

  @Override
  public CompletionStage<Found> find(
      Catalog catalog, KeyRef caller, Prompt prompt, Map<String, String> pathParameters) {
    ListQuery query = Objects.requireNonNull(prompt.keeping().page());
    Provider nominal = anyProvider(catalog);
    if (nominal == null) {
      return CompletableFuture.completedFuture(
          new Found.Refused(new Refusal.NotOffered("No provider keeps anything here.")));
    }
    return keeper
        .objects()
        .list(caller.account(), kind, request(query))
        .thenCompose(
            page ->
                page.isEmpty()
                    ? CompletableFuture.completedFuture(
                        new Found.Refused(
                            new Refusal.InvalidRequest(
                                "There is no such " + kind.label() + ".", "after")))
                    : keeper
                        .objects()
                        .find(caller.account(), page.get().ids())
                        .thenApply(objects -> offered(catalog, nominal, page.get(), objects)));
  }

  private PageRequest request(ListQuery query) {
    int limit = query.limit() > 0 ? query.limit() : kind == ObjectKind.FILE ? 0 : LIMIT;
    int most = keeper.settings().listedMax();
    return new PageRequest(
        query.after(),
        limit == 0 ? most : Math.min(limit, most),
        query.isNewestFirst(),
        query.purpose());
  }

  /** One that the request is said to go to; where it does go is each object's provider. */
  private @Nullable Provider anyProvider(Catalog catalog) {
    Provider files = Providers.ofFiles(catalog, dialect.name());
    return files != null
        ? files
        : catalog.providers().values().stream()
            .filter(provider -> provider.settings().dialect().equals(dialect.name()))
            .findFirst()
            .orElse(null);
  }

  private Found offered(Catalog catalog, Provider nominal, Page page, List<KeptObject> objects) {
    List<Listing.Listed> listed =
        objects.stream()
            .filter(object -> object.kind() == kind)
            .map(object -> listed(catalog, object))
            .flatMap(Optional::stream)
            .toList();
    return new Found.Offered(
        Providers.free(
            nominal, new ListCourse(new Listing(keeper, dialect, polling, listed, page))));
  }

  private static Optional<Listing.Listed> listed(Catalog catalog, KeptObject object) {
    return Optional.ofNullable(catalog.providers().get(object.provider()))
        .map(provider -> new Listing.Listed(object, provider));
  }
}
