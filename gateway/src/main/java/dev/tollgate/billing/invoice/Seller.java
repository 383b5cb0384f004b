package dev.tollgate.billing.invoice;

import java.util.List;

/**
 * Who invoices. Each text may be empty; the paper then leaves it out.
 *
 * @param address its lines
 * @param taxId as it is to be printed, such as {@code VAT ID DE123456789}
 */
public record Seller(String name, List<String> address, String taxId, String email) {
  public static final Seller NOBODY = new Seller("", List.of(), "", "");

  public Seller {
    address = List.copyOf(address);
  }
}
