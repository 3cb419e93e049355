"""A description is shown as HTML that is safe to show."""

from __future__ import annotations

from tests.api.conftest import Api


def test_a_description_comes_as_sanitised_html(api: Api) -> None:
    text = "# Charts\n<script>alert(1)</script>\n[up](#charts)"
    body = {"repository": "readme", "visibility": "private", "description": text}
    assert api("POST", "/repository", body).status == 201

    answer = api("GET", "/repository/admin/readme/description")

    assert answer.json == {
        "text": text,
        "html": '<h2 id="readme-charts">Charts</h2>\n\n'
        '<p><a href="#readme-charts" rel="noopener noreferrer nofollow ugc">up</a></p>\n',
        "headings": [{"level": 1, "id": "readme-charts", "text": "Charts"}],
        "note": None,
    }
    assert api.anonymous()("GET", "/repository/admin/readme/description").status == 401
