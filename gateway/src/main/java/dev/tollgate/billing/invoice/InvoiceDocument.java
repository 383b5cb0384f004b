package dev.tollgate.billing.invoice;

import com.fasterxml.jackson.annotation.JsonAutoDetect.Visibility;
import com.fasterxml.jackson.annotation.PropertyAccessor;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;

/** An invoice as it is kept: JSON of its fields, with amounts in nano-USD and in cents. */
final class InvoiceDocument {
  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .changeDefaultVisibility(
              checker ->
                  checker
                      .withVisibility(PropertyAccessor.IS_GETTER, Visibility.NONE)
                      .withVisibility(PropertyAccessor.GETTER, Visibility.NONE)
                      .withVisibility(PropertyAccessor.FIELD, Visibility.ANY))
          // One that a newer gateway has made may say more.
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .build();

  private InvoiceDocument() {}

  static String write(Invoice invoice) {
    return MAPPER.writeValueAsString(invoice);
  }

  static Invoice read(String document) {
    return MAPPER.readValue(document, Invoice.class);
  }
}
