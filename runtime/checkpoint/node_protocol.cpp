// SPDX-License-Identifier: Apache-2.0
#include "runtime/checkpoint/node_protocol.hpp"

#include <algorithm>
#include <utility>

namespace aisle::checkpoint {

void node_protocol::read(const control::log_entry& entry, node_effects& effects) {
  if (stopped_) {
    return;
  }
  if (auto done = log_.read(entry); !done) {
    stopped_ = true;
    effects.emplace_back(stop_process{std::move(done.error())});
    return;
  }
  take(entry, effects);
}

void node_protocol::take(const control::log_entry& entry, node_effects& effects) {
  if (const auto* const assign = control::assign_of(entry.what)) {
    enter(*assign, effects);
  } else if (const auto* const complete = std::get_if<control::complete_record>(&entry.what)) {
    if (machine_.expects(node_event::completed)) {
      effects.emplace_back(epoch_completed{complete->attempt});
      machine_.go(node_event::completed, state());
    }
  } else if (const auto* const claim = std::get_if<control::claim_record>(&entry.what)) {
    effects.emplace_back(leadership_claimed{*claim});
    asked({.term = control::term_at(entry.at), .round = 0}, effects);
  }
}

void node_protocol::enter(const control::assign_record& assign, node_effects& effects) {
  if (!machine_.expects(node_event::assigned)) {
    return;
  }
  if (state() == node_state::reading) {
    machine_.go(node_event::assigned, node_state::reading);
    return;
  }
  const auto me = assign.find(self_.node, self_.incarnation);
  effects.emplace_back(
      enter_generation{.generation = log_.generation(), .assign = assign, .me = me});
  machine_.go(node_event::assigned, me ? node_state::acting : node_state::waiting);
  if (!me) {
    remind(effects);
  }
}

void node_protocol::reached_end(control::log_offset end, node_effects& effects) {
  if (stopped_ || !machine_.expects(node_event::reached_end)) {
    return;
  }
  if (auto whole = log_.reached_end(end); !whole) {
    stopped_ = true;
    effects.emplace_back(stop_process{std::move(whole.error())});
    return;
  }
  const bool first = state() == node_state::reading;
  machine_.go(node_event::reached_end, first ? node_state::waiting : state());
  if (first) {
    remind(effects);
  }
}

void node_protocol::asked(const inventory_question& question, node_effects& effects) {
  if (!machine_.expects(node_event::asked)) {
    return;
  }
  machine_.go(node_event::asked, state());
  if (state() != node_state::reading) {
    answer(question, effects);
  }
}

void node_protocol::remind(node_effects& effects) {
  if (state() == node_state::waiting && log_.claim()) {
    answer({.term = control::term_at(log_.claim()->at), .round = 0}, effects);
  }
}

/// Only to the leader of the last Claim, and in the knowledge of it.
void node_protocol::answer(const inventory_question& question, node_effects& effects) const {
  if (log_.claim() && question.term == control::term_at(log_.claim()->at)) {
    effects.emplace_back(send_inventory{.to = log_.claim()->record, .question = question});
  }
}

void node_protocol::lapsed(node_effects& effects) {
  if (!machine_.expects(node_event::lapsed)) {
    return;
  }
  effects.emplace_back(leave_generation{});
  machine_.go(node_event::lapsed, node_state::waiting);
}

node_protocol::verdict node_protocol::judge(const stamp& of) const {
  if (of.generation > log_.generation()) {
    return verdict::read_first;
  }
  const auto is_sender = [&](const member& m) { return m.incarnation == of.sender; };
  const bool leads = log_.claim() && log_.claim()->record.incarnation == of.sender;
  const bool known =
      leads || (log_.assign() && std::ranges::any_of(log_.assign()->record.members, is_sender));
  if (state() != node_state::acting || of.generation < log_.generation() || !known) {
    return verdict::drop;
  }
  return verdict::take;
}

}  // namespace aisle::checkpoint
