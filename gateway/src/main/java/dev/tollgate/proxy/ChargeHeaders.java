package dev.tollgate.proxy;

import dev.tollgate.domain.Money;
import io.netty.handler.codec.http.HttpHeaders;

/**
 * What an answer that is no stream says of its own charge: {@code x-tollgate-cost-usd}, and {@code
 * x-tollgate-usage: estimated} where the provider's word did not do.
 */
final class ChargeHeaders {
  private ChargeHeaders() {}

  static void set(HttpHeaders headers, Charge charge) {
    headers.set("x-tollgate-cost-usd", Money.usd(charge.billedNanoUsd()));
    if (!charge.estimated().isEmpty()) {
      headers.set("x-tollgate-usage", "estimated");
    }
  }
}
