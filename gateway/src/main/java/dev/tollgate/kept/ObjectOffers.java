package dev.tollgate.kept;

import dev.tollgate.dialect.ObjectAct;
import dev.tollgate.dialect.ObjectAct.Verb;
import dev.tollgate.dialect.Prompt;
import dev.tollgate.domain.KeyRef;
import dev.tollgate.domain.Refusal;
import dev.tollgate.ledger.KeptObject;
import dev.tollgate.proxy.Catalog;
import dev.tollgate.proxy.Course;
import dev.tollgate.proxy.Offers;
import dev.tollgate.proxy.Provider;
import java.util.Map;
import java.util.concurrent.CompletionStage;

/**
 * Requests about one object: free, and served only by the provider that has it to the account whose
 * it is. To all others it does not exist.
 */
final class ObjectOffers implements Offers {
  private final ObjectAct act;
  private final Keeper keeper;

  ObjectOffers(ObjectAct act, Keeper keeper) {
    this.act = act;
    this.keeper = keeper;
  }

  @Override
  public CompletionStage<Found> find(
      Catalog catalog, KeyRef caller, Prompt prompt, Map<String, String> pathParameters) {
    String id = pathParameters.getOrDefault(ObjectAct.ID, "");
    return keeper
        .objects()
        .find(caller.account(), id)
        .thenApply(
            found ->
                found
                    .filter(object -> object.kind() == act.kind())
                    .map(object -> offered(catalog, object))
                    .orElseGet(this::unknown));
  }

  private Found offered(Catalog catalog, KeptObject object) {
    Provider provider = catalog.providers().get(object.provider());
    if (provider == null) {
      return unknown();
    }
    if (act.verb() == Verb.DELETE && object.isOwed()) {
      return new Found.Refused(
          new Refusal.InvalidRequest(
              "It is not done yet, or nobody has asked for it since: ask for it, or cancel it,"
                  + " first.",
              null));
    }
    String model = Providers.modelInUrl(provider, object);
    if (model.isEmpty() && provider.settings().hasModelInUrl()) {
      return new Found.Refused(
          new Refusal.NotOffered(
              provider.settings().name()
                  + " is reached by a URL with a place for a model, and this request names none."));
    }
    Course course =
        switch (act.verb()) {
          case POLL -> new PollCourse(keeper.payments(), object);
          case DELETE -> new DeletionCourse(keeper, object);
          case READ, CREATE, LIST -> Course.PLAIN;
        };
    return new Found.Offered(Providers.free(provider, model, course));
  }

  private Found unknown() {
    return new Found.Refused(new Refusal.NotFound(act.kind().label()));
  }
}
