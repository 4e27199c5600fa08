// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <csignal>
#include <cstddef>
#include <cstdio>
#include <variant>
#include <vector>

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/base/edges.hpp"

namespace aisle::support {

/// The effects of one kind, in order.
template <class Effect, class Any>
[[nodiscard]] std::vector<Effect> all_of(const std::vector<Any>& effects) {
  std::vector<Effect> found;
  for (const auto& effect : effects) {
    if (const auto* const one = std::get_if<Effect>(&effect)) {
      found.push_back(*one);
    }
  }
  return found;
}

/// True when `act` ends the process as a check does. Runs in a child.
template <class Act>
bool dies(Act&& act) {
  const auto child = fork();
  if (child == 0) {
    std::signal(SIGABRT, SIG_DFL);
    static_cast<void>(std::freopen("/dev/null", "w", stderr));
    act();
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

/// Takes each edge of a table, and brings each event to each state that does not expect it.
/// `make(state)` is a protocol in that state (with `edges()`), `poke(protocol, event, to)` brings
/// the event in a way that leads to `to`; it may bring other events first that do not change the
/// state.
template <class Table, class Make, class Poke>
void take_every_edge(Make&& make, Poke&& poke) {
  for (std::size_t i = 0; i < Table::edges.size(); ++i) {
    const auto& edge = Table::edges[i];
    INFO("from ", static_cast<int>(edge.from), " on ", static_cast<int>(edge.on), " to ",
         static_cast<int>(edge.to));
    auto protocol = make(edge.from);
    REQUIRE(protocol.edges().state() == edge.from);
    const auto before = protocol.edges().taken()[i];
    poke(protocol, edge.on, edge.to);
    CHECK(protocol.edges().state() == edge.to);
    CHECK(protocol.edges().taken()[i] > before);
  }
  for (std::size_t i = 0; i < Table::oddities.size(); ++i) {
    const auto& row = Table::oddities[i];
    INFO("in ", static_cast<int>(row.in), " on ", static_cast<int>(row.on), ": ", row.why);
    auto protocol = make(row.in);
    REQUIRE(protocol.edges().state() == row.in);
    if (row.is == base::unexpected::bug) {
      CHECK(dies([&] { poke(protocol, row.on, row.in); }));
      continue;
    }
    poke(protocol, row.on, row.in);
    CHECK(protocol.edges().state() == row.in);
    CHECK(protocol.edges().ignored()[i] >= 1);
  }
}

}  // namespace aisle::support
