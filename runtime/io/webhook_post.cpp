// SPDX-License-Identifier: Apache-2.0
#include "runtime/io/webhook_post.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/core.h>

#include "runtime/base/check.hpp"
#include "runtime/io/curl_handle.hpp"

namespace aisle::io {
namespace {

struct url_deleter {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
struct text_deleter {
  void operator()(char* text) const { curl_free(text); }
};

header_list list_of(const std::vector<std::string>& headers) {
  header_list list;
  for (const auto& header : headers) {
    auto* const longer = curl_slist_append(list.get(), header.c_str());
    base::check(longer != nullptr, "there is memory for a header");
    static_cast<void>(list.release());
    list.reset(longer);
  }
  return list;
}

/// One attempt, as libcurl's callbacks see it.
struct attempt {
  const std::function<bool()>* is_over = nullptr;
  std::size_t header_bytes = 0;
  std::size_t body_bytes = 0;
  bool has_all_it_needs = false;
  webhook_answer answer;
};

std::size_t take_header(const char* /*bytes*/, std::size_t one, std::size_t count, void* of) {
  auto& to = *static_cast<attempt*>(of);
  to.header_bytes += one * count;
  return to.header_bytes > answer_bytes_max ? 0 : one * count;
}

std::size_t take_body(const char* bytes, std::size_t one, std::size_t count, void* of) {
  auto& to = *static_cast<attempt*>(of);
  const auto size = one * count;
  to.body_bytes += size;
  const auto room = answer_bytes_kept - std::min(answer_bytes_kept, to.answer.body.size());
  to.answer.body.append(bytes, std::min(size, room));
  to.has_all_it_needs = to.body_bytes > answer_bytes_max;
  return to.has_all_it_needs ? 0 : size;
}

int look_whether_over(void* of, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return (*static_cast<attempt*>(of)->is_over)() ? 1 : 0;
}

class curl_poster final : public webhook_poster {
 public:
  curl_poster(std::string url, base::duration timeout) : url_{std::move(url)} {
    set_house_rules(curl_);
    set(CURLOPT_URL, url_.c_str());
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(timeout.count()));
    set(CURLOPT_CONNECTTIMEOUT_MS,
        static_cast<long>(std::min(timeout, connect_timeout_max).count()));
    set(CURLOPT_POST, 1L);
    set(CURLOPT_ERRORBUFFER, trouble_.data());
    set(CURLOPT_HEADERFUNCTION, take_header);
    set(CURLOPT_WRITEFUNCTION, take_body);
    set(CURLOPT_XFERINFOFUNCTION, look_whether_over);
    set(CURLOPT_NOPROGRESS, 0L);
  }

  webhook_answer post(const std::vector<std::string>& headers, std::string_view body,
                      const std::function<bool()>& is_over) override {
    const auto list = list_of(headers);
    attempt now{.is_over = &is_over, .answer = {}};
    trouble_.front() = '\0';
    set(CURLOPT_HTTPHEADER, list.get());
    set(CURLOPT_POSTFIELDS, body.data());
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    set(CURLOPT_HEADERDATA, &now);
    set(CURLOPT_WRITEDATA, &now);
    set(CURLOPT_XFERINFODATA, &now);
    const auto ended = curl_easy_perform(curl_.get());
    if (ended != CURLE_OK && !now.has_all_it_needs) {
      return {.status = 0, .retry_after = {}, .trouble = trouble_of(ended), .body = {}};
    }
    long status = 0;
    get(CURLINFO_RESPONSE_CODE, &status);
    now.answer.status = static_cast<int>(status);
    curl_off_t seconds = 0;
    get(CURLINFO_RETRY_AFTER, &seconds);
    if (seconds > 0) {
      constexpr curl_off_t a_year = 31'536'000;
      now.answer.retry_after = std::chrono::seconds{std::min(seconds, a_year)};
    }
    return std::move(now.answer);
  }

 private:
  template <class Value>
  void set(CURLoption option, Value value) {
    set_option(curl_, option, value);
  }
  template <class Value>
  void get(CURLINFO what, Value* into) {
    base::check(curl_easy_getinfo(curl_.get(), what, into) == CURLE_OK,
                "libcurl knows what it is asked for");
  }

  std::string trouble_of(CURLcode ended) const {
    if (ended == CURLE_ABORTED_BY_CALLBACK) return "the run was stopped";
    return trouble_.front() != '\0' ? trouble_.data() : curl_easy_strerror(ended);
  }

  std::string url_;
  std::array<char, CURL_ERROR_SIZE> trouble_{};
  easy_handle curl_ = make_easy_handle();
};

std::optional<std::string> part_of(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, 0) != CURLUE_OK) return std::nullopt;
  const std::unique_ptr<char, text_deleter> owned{text};
  return std::string{text};
}

}  // namespace

std::unique_ptr<webhook_poster> make_poster(std::string url, base::duration timeout) {
  return std::make_unique<curl_poster>(std::move(url), timeout);
}

std::optional<std::string> origin_of(const std::string& url) {
  const std::unique_ptr<CURLU, url_deleter> parsed{curl_url()};
  // libcurl takes the path of `https:///path` for a host.
  if (url.find('\0') != std::string::npos || url.find(":///") != std::string::npos ||
      curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) {
    return std::nullopt;
  }
  const auto scheme = part_of(parsed.get(), CURLUPART_SCHEME);
  const auto host = part_of(parsed.get(), CURLUPART_HOST);
  if (!host || host->empty() || (scheme != "http" && scheme != "https")) return std::nullopt;
  const auto port = part_of(parsed.get(), CURLUPART_PORT);
  return fmt::format("{}://{}{}", *scheme, *host, port ? ":" + *port : "");
}

}  // namespace aisle::io
