/**
 * The door for agents: the Model Context Protocol over HTTP, without sessions. It reads JSON-RPC,
 * lets the SDK speak the protocol, and gives the account's documents as the results of tools.
 */
@NullMarked
package dev.tollgate.api.mcp;

import org.jspecify.annotations.NullMarked;
