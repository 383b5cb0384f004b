package dev.tollgate.archive;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URLDecoder;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;

/**
 * A JDBC URL taken apart, so that what is secret in it is never shown. User and password may stand
 * before the host, which the driver itself would take for a part of its name.
 *
 * @param url without user, password and parameters: what the driver is given, beside the properties
 * @param properties all parameters, secrets among them
 */
record PostgresUrl(String url, Map<String, String> properties) {
  private static final String PREFIX = "jdbc:postgresql:";

  PostgresUrl {
    properties = Map.copyOf(properties);
  }

  /**
   * @throws IllegalArgumentException when it is none; the message does not repeat it
   */
  static PostgresUrl parse(String jdbcUrl) {
    if (!jdbcUrl.startsWith(PREFIX)) {
      throw new IllegalArgumentException("the archive's URL must begin with " + PREFIX);
    }
    int question = jdbcUrl.indexOf('?');
    String place = question < 0 ? jdbcUrl : jdbcUrl.substring(0, question);
    Map<String, String> properties = new TreeMap<>();
    if (question >= 0) {
      for (String parameter : jdbcUrl.substring(question + 1).split("&", -1)) {
        put(properties, parameter);
      }
    }
    int at = place.lastIndexOf('@');
    if (at >= 0 && place.startsWith(PREFIX + "//")) {
      String user = place.substring(PREFIX.length() + 2, at);
      int colon = user.indexOf(':');
      properties.put("user", decoded(colon < 0 ? user : user.substring(0, colon)));
      if (colon >= 0) {
        properties.put("password", decoded(user.substring(colon + 1)));
      }
      place = PREFIX + "//" + place.substring(at + 1);
    }
    return new PostgresUrl(place, properties);
  }

  /** For messages and logs: the place alone. */
  String name() {
    return url.substring("jdbc:".length());
  }

  Properties all() {
    Properties all = new Properties();
    all.putAll(properties);
    return all;
  }

  @Override
  public String toString() {
    return name();
  }

  private static void put(Map<String, String> properties, String parameter) {
    int equals = parameter.indexOf('=');
    if (equals > 0) {
      properties.put(parameter.substring(0, equals), decoded(parameter.substring(equals + 1)));
    }
  }

  private static String decoded(String text) {
    try {
      // A plus is itself in such URLs.
      return URLDecoder.decode(text.replace("+", "%2B"), UTF_8);
    } catch (IllegalArgumentException malformed) {
      // It is not attached: its message may repeat a piece of the password.
      throw new IllegalArgumentException("the archive's URL has a % that escapes nothing");
    }
  }
}
