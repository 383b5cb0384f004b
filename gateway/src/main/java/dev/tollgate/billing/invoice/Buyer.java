package dev.tollgate.billing.invoice;

import java.util.List;

/**
 * Whom an invoice is for, as the account was called when it was made.
 *
 * @param address its lines; none as long as accounts have none
 */
public record Buyer(String account, String name, String email, List<String> address) {
  public Buyer {
    address = List.copyOf(address);
  }
}
