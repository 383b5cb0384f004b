package dev.tollgate.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code tollgate mcp}: the gateway's MCP server for clients that start theirs as a process. */
@Command(
    name = "mcp",
    description = {
      "Is an MCP server on standard input and output: tells an agent your balance and your usage.",
      "For MCP clients to start; it ends when they close its input."
    },
    mixinStandardHelpOptions = true)
final class McpCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private CustomerOptions customer = new CustomerOptions();

  @Override
  public Integer call() {
    Output output = Output.of(spec);
    // Not System.out, which is silent about a client that is gone.
    try (OutputStream out = new FileOutputStream(FileDescriptor.out)) {
      new McpBridge(customer.client(), System.in, out, output::bad).run();
    } catch (IOException broken) {
      throw CommandFailure.of("the MCP client is gone", broken);
    }
    return 0;
  }
}
