package dev.tollgate.ledger;

/**
 * What is remembered of a request beside its cost: no body, no prompt, no secret.
 *
 * @param endpoint the path that was called, {@code /v1/chat/completions}
 * @param model as the customer named it
 * @param provider who served; empty when nobody did
 * @param upstreamModel what the provider knows it as
 * @param status of the answer to the client
 * @param isStreamed whether the answer was an event stream
 * @param estimated why the usage is an estimate; empty when the provider reported it
 * @param attempts every try in order, as {@code provider:outcome:millis}, separated by spaces
 * @param startedAtMillis wall clock, when the request arrived
 * @param durationMillis from the request's head to the answer's end
 * @param firstByteMillis to the answer's first byte; -1 when there was none
 */
public record RequestFacts(
    String endpoint,
    String model,
    String provider,
    String upstreamModel,
    int status,
    boolean isStreamed,
    String estimated,
    String attempts,
    long startedAtMillis,
    long durationMillis,
    long firstByteMillis) {}
