// SPDX-License-Identifier: Apache-2.0
#include "runtime/node/table_actor.hpp"

#include <chrono>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "runtime/node/protocol.hpp"
#include "runtime/node/tables.hpp"

namespace aisle::node {
namespace {

constexpr std::chrono::milliseconds look_every{500};

std::string refusal(const topology::planned_table& table, const base::diagnostics& problems) {
  auto text = fmt::format("table {}: the new {} is refused, the old version stays in force",
                          table.name, table.file.string());
  for (const auto& wrong : problems) {
    text += "\n" + base::to_text(wrong);
  }
  return text;
}

}  // namespace

caf::behavior table_actor(caf::event_based_actor* self, const std::shared_ptr<table_watch>& watch,
                          const topology::plan& plan, const caf::actor& coordinator,
                          const caf::actor& supervisor) {
  const auto* const tables = &plan.tables;
  self->delayed_send(self, look_every, tick{});
  return {
      [=](tick) {
        for (const auto number : watch->look()) {
          const auto& table = (*tables)[number];
          auto loaded = load_table(table);
          if (loaded) {
            self->send(coordinator, table_changed{number, std::move(*loaded)});
          } else {
            self->send(supervisor, notice{refusal(table, loaded.error())});
          }
        }
        self->delayed_send(self, look_every, tick{});
      },
  };
}

}  // namespace aisle::node
