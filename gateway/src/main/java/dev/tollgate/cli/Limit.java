package dev.tollgate.cli;

import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * A number to which something is limited.
 *
 * @param value null for {@code none}: not limited
 */
record Limit(@Nullable BigDecimal value) {
  private static final String NONE = "none";

  /** Reads a decimal number, or {@code none}. */
  static final class Reader implements ITypeConverter<Limit> {
    @Override
    public Limit convert(String text) {
      return text.equals(NONE) ? new Limit(null) : new Limit(new Decimal().convert(text));
    }
  }

  /**
   * Of the last so many hours or days.
   *
   * @param name its length, which is also its name: {@code 5h}
   */
  record Window(String name, Limit limit) {
    /** Reads {@code 5h=5} or {@code 5h=none}. */
    static final class Reader implements ITypeConverter<Window> {
      @Override
      public Window convert(String text) {
        int equals = text.indexOf('=');
        if (equals < 1) {
          throw new TypeConversionException("'" + text + "' is not a window such as 5h=5");
        }
        return new Window(
            text.substring(0, equals), new Limit.Reader().convert(text.substring(equals + 1)));
      }
    }
  }
}
