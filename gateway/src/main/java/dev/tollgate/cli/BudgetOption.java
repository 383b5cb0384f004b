package dev.tollgate.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Any budget, as {@code name=opus,unit=usd,period=rolling:5h,limit=3,model=claude-opus*}. Several
 * models are several {@code model=}; a limit of {@code none} takes the budget away.
 *
 * @param document as the admin API takes it
 */
record BudgetOption(Map<String, @Nullable Object> document) {
  static final String SYNTAX = "name=NAME,unit=usd|requests|tokens|concurrent,limit=N[,…]";

  /** Reads the parts between the commas. */
  static final class Reader implements ITypeConverter<BudgetOption> {
    @Override
    public BudgetOption convert(String text) {
      Map<String, @Nullable Object> document = new LinkedHashMap<>();
      List<String> models = new ArrayList<>();
      for (String part : text.split(",", -1)) {
        int equals = part.indexOf('=');
        String name = equals < 0 ? part : part.substring(0, equals);
        String value = part.substring(equals + 1);
        switch (name) {
          case "name", "unit", "period" -> document.put(name, value);
          case "limit" -> document.put(name, new Limit.Reader().convert(value).value());
          case "model" -> models.add(value);
          default ->
              throw new TypeConversionException("'" + part + "' is no part of a budget: " + SYNTAX);
        }
      }
      if (!document.containsKey("name") || !document.containsKey("limit")) {
        throw new TypeConversionException("'" + text + "' has no name or no limit: " + SYNTAX);
      }
      if (!models.isEmpty()) {
        document.put("models", models);
      }
      return new BudgetOption(document);
    }
  }
}
