// SPDX-License-Identifier: Apache-2.0
// Which model of the catalog a behaviour is, and what was probably meant when it is none.
#include <algorithm>

#include <fmt/format.h>

#include "runtime/topology/binder.hpp"

namespace aisle::topology {
namespace {

entity::section section_of(role as) {
  switch (as) {
    case role::estimate:
      return entity::section::estimates;
    case role::report:
      return entity::section::reports;
    case role::window:
    case role::decide:
      break;
  }
  return entity::section::decides;
}

std::string_view word_of(role as) {
  switch (as) {
    case role::window:
      return "windows";
    case role::estimate:
      return "estimates";
    case role::decide:
      return "decides";
    case role::report:
      return "reports";
  }
  return "";
}

std::vector<std::string> families_in(const binder& work, role as) {
  std::vector<std::string> families;
  for (const auto& model : work.models.models()) {
    const bool is_new = std::ranges::find(families, model.family) == families.end();
    if (model.section == section_of(as) && is_new) {
      families.push_back(model.family);
    }
  }
  return families;
}

std::vector<std::string> models_in(const binder& work, role as, std::string_view family) {
  std::vector<std::string> names;
  for (const auto& model : work.models.models()) {
    if (model.section == section_of(as) && model.family == family) {
      names.push_back(model.name);
    }
  }
  return names;
}

/// The section another family belongs to, for a behaviour that stands in the wrong one.
std::optional<role> home_of(const binder& work, std::string_view family) {
  for (const auto as : {role::estimate, role::decide, role::report}) {
    const auto families = families_in(work, as);
    if (std::ranges::find(families, family) != families.end()) {
      return as;
    }
  }
  return std::nullopt;
}

void complain_of_family(binder& work, const behaviour_spec& written,
                        const std::vector<std::string>& families) {
  const auto& members = written.node->members;
  const auto& first = members.empty() ? *written.name.node : members.front().key;
  const auto home = members.empty() ? std::nullopt : home_of(work, first.text);
  if (home) {
    work.about.add(first, "wrong-section",
                   fmt::format("\"{}\" belongs under \"{}:\", not under \"{}:\"", first.text,
                               word_of(*home), word_of(written.role)));
  } else if (members.empty()) {
    work.about.add(first, "missing-key", fmt::format("\"{}\" says nothing", written.name.text),
                   fmt::format("a model behind one of: {}", fmt::join(families, ", ")));
  } else {
    work.about.unknown(
        first, "unknown-family",
        fmt::format("nothing under \"{}:\" is called \"{}\"", word_of(written.role), first.text),
        families);
  }
}

}  // namespace

const entity::model* find_model(binder& work, const behaviour_spec& written) {
  const auto families = families_in(work, written.role);
  const auto chosen = std::ranges::find_if(written.node->members, [&](const auto& member) {
    return std::ranges::find(families, member.key.text) != families.end();
  });
  if (chosen == written.node->members.end()) {
    complain_of_family(work, written, families);
    return nullptr;
  }
  const auto& [family, name] = *chosen;
  const auto* const model = work.models.find(section_of(written.role), family.text, name.text);
  if (model == nullptr) {
    work.about.unknown(name, "unknown-model",
                       fmt::format("no {} is called \"{}\"", family.text, name.text),
                       models_in(work, written.role, family.text));
  }
  return model;
}

}  // namespace aisle::topology
