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
                          table.name, table.log ? "topic " + *table.topic : table.file.string());
  for (const auto& wrong : problems) {
    text += "\n" + base::to_text(wrong);
  }
  return text;
}

/// Whom news of tables go to.
struct listeners {
  caf::event_based_actor* self;
  const std::vector<topology::planned_table>* tables;
  caf::actor coordinator;
  caf::actor supervisor;

  void tell(std::size_t number,
            std::expected<std::shared_ptr<const table::reference>, base::diagnostics> now) const {
    if (now) {
      self->send(coordinator, table_changed{number, std::move(*now)});
    } else {
      self->send(supervisor, notice{refusal((*tables)[number], now.error())});
    }
  }
};

void look_at_files(table_watch& files, const listeners& to) {
  for (const auto number : files.look()) {
    to.tell(number, load_table((*to.tables)[number]));
  }
}

void look_at_topics(const std::vector<std::shared_ptr<topic_table>>& topics, const listeners& to) {
  for (std::size_t number = 0; number < topics.size(); ++number) {
    if (topics[number] == nullptr) {
      continue;
    }
    auto news = topics[number]->take();
    for (auto& remark : news.remarks) {
      to.self->send(to.supervisor, notice{std::move(remark)});
    }
    if (news.changed) {
      to.tell(number, topics[number]->rows());
    }
  }
}

}  // namespace

caf::behavior table_actor(caf::event_based_actor* self, const followed_tables& followed,
                          const topology::plan& plan, const caf::actor& coordinator,
                          const caf::actor& supervisor) {
  const listeners to{
      .self = self, .tables = &plan.tables, .coordinator = coordinator, .supervisor = supervisor};
  self->delayed_send(self, look_every, tick{});
  return {
      [=](tick) {
        look_at_files(*followed.files, to);
        look_at_topics(followed.topics, to);
        self->delayed_send(self, look_every, tick{});
      },
  };
}

}  // namespace aisle::node
