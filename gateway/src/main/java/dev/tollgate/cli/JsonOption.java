package dev.tollgate.cli;

import picocli.CommandLine.Option;

/** Every command that prints something can print it as JSON. */
class JsonOption {
  @Option(names = "--json", description = "Prints JSON.")
  private boolean json;

  final boolean json() {
    return json;
  }
}
