package dev.tollgate.kept;

import dev.tollgate.dialect.Reference;
import dev.tollgate.domain.AccountId;
import dev.tollgate.domain.Refusal;
import dev.tollgate.ledger.KeptObject;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * What a request refers to, once each of it has been found to be the caller's own.
 *
 * @param refusal why it may not: one that is not known here, is another account's, or is none at
 *     all looks the same
 */
record Owned(@Nullable Refusal refusal, Map<String, KeptObject> byId) {

  /** Looks up all of it. */
  static CompletionStage<Owned> check(
      Keeper keeper, AccountId account, List<Reference> references) {
    List<String> ids = references.stream().map(Reference::id).distinct().toList();
    return keeper.objects().find(account, ids).thenApply(found -> of(references, found));
  }

  private static Owned of(List<Reference> references, List<KeptObject> found) {
    Map<String, KeptObject> byId = new HashMap<>();
    found.forEach(object -> byId.put(object.id(), object));
    String provider = "";
    for (Reference reference : references) {
      KeptObject object = byId.get(reference.id());
      String fault = fault(reference, object, provider);
      if (fault != null) {
        return new Owned(new Refusal.InvalidRequest(fault, reference.param()), Map.of());
      }
      provider = Objects.requireNonNull(object).provider();
    }
    return new Owned(null, byId);
  }

  private static @Nullable String fault(
      Reference reference, @Nullable KeptObject object, String provider) {
    String named = "The %s `%s`".formatted(reference.kind().label(), reference.id());
    if (object == null || object.kind() != reference.kind()) {
      return named + " does not exist.";
    }
    if (object.isOwed()) {
      return named + " is not done yet, or nobody has asked for it since: ask for it first.";
    }
    return provider.isEmpty() || provider.equals(object.provider())
        ? null
        : named + " lies with another provider than what else the request refers to.";
  }

  /** The provider that has them all; empty for no references. */
  String provider() {
    return byId.isEmpty() ? "" : byId.values().iterator().next().provider();
  }

  /**
   * @throws NullPointerException for what was not among the references
   */
  KeptObject get(String id) {
    return Objects.requireNonNull(byId.get(id));
  }
}
