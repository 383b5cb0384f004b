package dev.tollgate.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.function.Consumer;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/** What a command prints: tables and colour for people, JSON for scripts. */
final class Output {
  private static final JsonFactory JSON = new JsonFactory();

  private final PrintWriter out;
  private final PrintWriter err;
  private final boolean isColoured;

  private Output(PrintWriter out, PrintWriter err, boolean isColoured) {
    this.out = out;
    this.err = err;
    this.isColoured = isColoured;
  }

  /** The command's own streams; coloured on a terminal, unless {@code NO_COLOR} is set. */
  static Output of(CommandSpec command) {
    return new Output(
        command.commandLine().getOut(), command.commandLine().getErr(), Ansi.AUTO.enabled());
  }

  void line(String text) {
    out.println(text);
    out.flush();
  }

  /** Text that brings its own line ends. */
  void text(String text) {
    out.print(text);
    out.flush();
  }

  void good(String text) {
    line(coloured("32", text));
  }

  /** Of a comparison: what is new, what is gone, what is another. */
  void added(String text) {
    line(coloured("32", text));
  }

  void removed(String text) {
    line(coloured("31", text));
  }

  void changed(String text) {
    line(coloured("33", text));
  }

  void warning(String text) {
    err.println(coloured("33", text));
    err.flush();
  }

  /** About what goes to the standard output, and so beside it. */
  void note(String text) {
    err.println(text);
    err.flush();
  }

  void bad(String text) {
    err.println(coloured("31", text));
    err.flush();
  }

  /** Whether somebody is watching. */
  boolean isTerminal() {
    return isColoured;
  }

  /** Writes over what it wrote there before, without a new line. */
  void redraw(String text) {
    err.print("\r" + text + "\u001B[K");
    err.flush();
  }

  /** Takes back what was redrawn. */
  void erase() {
    redraw("");
  }

  /** One JSON document on one line of the standard output. */
  void json(Consumer<JsonGenerator> writer) {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), text)) {
      writer.accept(json);
    }
    line(text.toString());
  }

  private String coloured(String colour, String text) {
    return isColoured ? "\u001B[" + colour + "m" + text + "\u001B[0m" : text;
  }
}
