"""Every page by its name, as a person comes to it by a link."""

from __future__ import annotations

from tests.console.conftest import Registry

SIGNED_OUT = {"signin": "/signin", "createaccount": "/createaccount"}
ETHERPAD = "/repository/helm/etherpad/tag/0.1.0"


def all_pages(registry: Registry) -> dict[str, str]:
    """Name and path; names are those of the screenshots."""
    digests = registry.digests
    tabs = "readme values schema templates dependencies images versions changes trust details"
    return {
        "organizations": "/organization",
        "repositories": "/repository",
        "organization": "/organization/helm",
        "organization-teams": "/organization/helm?tab=Teamsandmembership",
        "organization-robots": "/organization/helm?tab=Robotaccounts",
        "organization-defaults": "/organization/helm?tab=Defaultpermissions",
        "organization-logs": "/organization/helm?tab=Logs",
        "organization-settings": "/organization/helm?tab=Settings",
        "team": "/organization/helm/teams/owners",
        "user": "/user/admin?tab=Settings",
        "repository": "/repository/helm/etherpad",
        **{
            f"repository-{tab}": f"/repository/helm/etherpad?tab={tab}"
            for tab in ("tags", "history", "logs", "settings")
        },
        "admin": "/admin",
        **{
            f"admin-{tab.lower()}": f"/admin?tab={tab}"
            for tab in ("Users", "Organizations", "Configuration", "Logs", "Messages")
        },
        "about": "/about",
        "missing": "/repository/helm/none-such",
        **{f"chart-{tab}": f"{ETHERPAD}?tab={tab}" for tab in tabs.split()},
        "chart-get": f"{ETHERPAD}?modal=get&client=helm-4",
        "chart-value": f"{ETHERPAD}?tab=values&path=image.tag",
        "chart-hostile": "/repository/helm/hostile/tag/1.0.0",
        "chart-hostile-values": "/repository/helm/hostile/tag/1.0.0?tab=values",
        "chart-hostile-schema": "/repository/helm/hostile/tag/1.0.0?tab=schema",
        "chart-missing": "/repository/helm/etherpad/tag/9.9.9",
        "compare": "/repository/helm/etherpad/compare?from=0.0.4&to=0.1.0",
        "compare-split": "/repository/helm/etherpad/compare?from=0.0.4&to=0.1.0&view=split",
        "compare-nothing": "/repository/helm/hostile/compare",
        "image": "/repository/team/app/tag/1.0",
        "image-layers": "/repository/team/app/tag/1.0?tab=layers",
        "index": "/repository/team/app/tag/both",
        "index-layers": "/repository/team/app/tag/both?tab=layers",
        "policy": "/repository/team/policy/tag/1.0",
        "policy-details": "/repository/team/policy/tag/1.0?tab=details",
        "operator": "/repository/team/cache-bundle/tag/v1.2.0",
        "operator-permissions": "/repository/team/cache-bundle/tag/v1.2.0?tab=permissions",
        "artifact": "/repository/team/notes/tag/1.0",
        "artifact-trust": "/repository/team/notes/tag/1.0?tab=trust",
        "sbom": f"/repository/helm/etherpad/manifest/{digests['sbom']}",
        "signature": f"/repository/helm/etherpad/manifest/{digests['signature']}",
        "search": "/search?q=editor",
        "search-all": "/search",
        "search-nothing": "/search?q=nothing-has-this-word",
    }
