package dev.tollgate.api.customer;

import dev.tollgate.account.AccountAccess.Access;
import dev.tollgate.http.Reply;
import dev.tollgate.http.ServerRequest;
import dev.tollgate.pricing.ModelRates;
import dev.tollgate.pricing.RateCard;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/** {@code GET /v1/models}: the models that can be sold and that this key may use. */
public final class ModelsDoor {
  private final CustomerAccess access;
  private final Supplier<RateCard> card;
  private final long cardSinceSeconds;

  /**
   * @param cardSinceSeconds what the list says in {@code created}, which OpenAI's clients require
   */
  public ModelsDoor(CustomerAccess access, Supplier<RateCard> card, long cardSinceSeconds) {
    this.access = access;
    this.card = card;
    this.cardSinceSeconds = cardSinceSeconds;
  }

  public CompletionStage<Reply> list(ServerRequest request) {
    return access.answer(request, this::document);
  }

  private Map<String, ?> document(Access.Granted granted) {
    List<Map<String, ?>> models = new ArrayList<>();
    for (ModelRates rates : card.get().models().values()) {
      if (rates.canBeSold() && granted.mayUse(rates.name())) {
        models.add(model(rates.name()));
      }
    }
    card.get()
        .aliases()
        .forEach(
            (alias, name) -> {
              ModelRates rates = card.get().model(name);
              if (rates != null && rates.canBeSold() && granted.mayUse(name)) {
                models.add(model(alias));
              }
            });
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("object", "list");
    document.put("data", models);
    return document;
  }

  private Map<String, ?> model(String name) {
    Map<String, Object> model = new LinkedHashMap<>();
    model.put("id", name);
    model.put("object", "model");
    model.put("created", cardSinceSeconds);
    model.put("owned_by", "tollgate");
    return model;
  }
}
