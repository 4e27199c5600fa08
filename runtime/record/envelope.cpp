// SPDX-License-Identifier: Apache-2.0
#include "runtime/record/envelope.hpp"

#include <optional>

#include <fmt/core.h>
#include <simdjson.h>

namespace aisle::record {
namespace {

namespace ondemand = simdjson::ondemand;

/// What an envelope may hold, as far as it was read.
struct members {
  std::optional<std::string_view> source;
  std::optional<std::string_view> event;
  std::optional<std::string_view> advance;
};

std::unexpected<std::string> refuse(std::string why) { return std::unexpected{std::move(why)}; }

std::expected<void, std::string> set_once(std::optional<std::string_view>& member,
                                          std::string_view name,
                                          simdjson::simdjson_result<std::string_view> value) {
  if (member) {
    return refuse(fmt::format("\"{}\" stands twice", name));
  }
  std::string_view text;
  if (const auto error = std::move(value).get(text); error != simdjson::SUCCESS) {
    return refuse(fmt::format("\"{}\": {}", name, simdjson::error_message(error)));
  }
  member = text;
  return {};
}

/// The bytes of a value, whatever it is; only what it is made of has been looked at.
simdjson::simdjson_result<std::string_view> bytes_of(ondemand::value& value) {
  ondemand::json_type type{};
  if (const auto error = value.type().get(type); error != simdjson::SUCCESS) {
    return error;
  }
  switch (type) {
    case ondemand::json_type::object: {
      ondemand::object object;
      const auto error = value.get_object().get(object);
      return error == simdjson::SUCCESS ? object.raw_json() : error;
    }
    case ondemand::json_type::array: {
      ondemand::array array;
      const auto error = value.get_array().get(array);
      return error == simdjson::SUCCESS ? array.raw_json() : error;
    }
    default:
      return value.raw_json_token();
  }
}

bool is_text(ondemand::value& value) {
  ondemand::json_type type{};
  return value.type().get(type) == simdjson::SUCCESS && type == ondemand::json_type::string;
}

std::expected<void, std::string> read_member(ondemand::field& field, members& into) {
  std::string_view name;
  if (const auto error = field.unescaped_key().get(name); error != simdjson::SUCCESS) {
    return refuse(simdjson::error_message(error));
  }
  auto& value = field.value();
  if (name == "source") {
    return set_once(into.source, name, value.get_string());
  }
  if (name == "event") {
    return set_once(into.event, name, bytes_of(value));
  }
  if (name == "advance") {
    // What is no text is no time either, which is for the reader of the time to say.
    return set_once(into.advance, name, is_text(value) ? value.get_string() : bytes_of(value));
  }
  return refuse(fmt::format("there is no \"{}\" here, only source and event, or advance", name));
}

std::expected<envelope, std::string> envelope_of(const members& read) {
  if (read.advance && !read.source && !read.event) {
    return envelope{envelope::kind::advance, {}, {}, *read.advance};
  }
  if (read.source && read.event && !read.advance) {
    return envelope{envelope::kind::event, *read.source, *read.event, {}};
  }
  return refuse("neither {source, event} nor {advance}");
}

}  // namespace

struct envelope_reader::state {
  ondemand::parser parser;
  std::string line;
};

envelope_reader::envelope_reader() : state_{std::make_unique<state>()} {}
envelope_reader::~envelope_reader() = default;

std::expected<envelope, std::string> envelope_reader::read(std::string_view line) {
  auto& text = state_->line;
  text.assign(line);
  text.reserve(line.size() + simdjson::SIMDJSON_PADDING);
  ondemand::document document;
  ondemand::object object;
  if (auto error = state_->parser.iterate(text).get(document);
      error != simdjson::SUCCESS || (error = document.get_object().get(object))) {
    return refuse(error == simdjson::INCORRECT_TYPE
                      ? "not a JSON object"
                      : fmt::format("not JSON: {}", simdjson::error_message(error)));
  }
  members found;
  for (auto member : object) {
    if (member.error() != simdjson::SUCCESS) {
      return refuse(simdjson::error_message(member.error()));
    }
    auto field = std::move(member).value_unsafe();
    if (auto read = read_member(field, found); !read) {
      return refuse(std::move(read.error()));
    }
  }
  if (document.current_location().error() != simdjson::OUT_OF_BOUNDS) {
    return refuse("bytes behind the object");
  }
  return envelope_of(found);
}

}  // namespace aisle::record
