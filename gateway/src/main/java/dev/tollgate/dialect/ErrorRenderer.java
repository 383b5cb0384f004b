package dev.tollgate.dialect;

import dev.tollgate.domain.Refusal;
import dev.tollgate.domain.RequestId;

/** Writes refusals in the form that the clients of some paths expect. */
@FunctionalInterface
public interface ErrorRenderer {
  /** The body of a refusal, as JSON in UTF-8. Extra fields of the contract's table are included. */
  byte[] render(Refusal refusal, RequestId request);
}
