'use strict';
/* Starts Swagger UI on our document; asks nobody else for anything. */
window.addEventListener('load', () => {
	if (typeof SwaggerUIBundle !== 'function') {
		document.getElementById('swagger-ui').textContent =
			'Swagger UI was not there when this server was built (see etc/packages.txt: npm). The document is at /api/openapi.json.';
		return;
	}
	window.ui = SwaggerUIBundle({
		url: '/api/openapi.json',
		dom_id: '#swagger-ui',
		deepLinking: true,
		docExpansion: 'none',
		tryItOutEnabled: true,
		persistAuthorization: false,
		validatorUrl: null,
	});
});
